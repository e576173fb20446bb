#!/usr/bin/env bash
# Puts the fonts that papers are set in where workers/papers/fonts.py looks for them: fonts.sh [FOLDER]
# They are taken out of Debian's packages, which are not installed: one of them would bring all of TeX. So no root is
# needed; with it the fonts are for all users of the machine. Safe to repeat and to interrupt.
set -euo pipefail

if [[ $(id -u) == 0 ]]; then
    folder=/usr/local/share/fonts/xinglin
else
    folder=$HOME/.local/share/fonts/xinglin
fi
folder=${1:-$folder}

# 宋 and 黑, the latter also of tables; 仿宋 and 楷; rare characters of names that none of these has.
declare -A packages=(
    [NotoSerifCJK-Regular.ttc]=fonts-noto-cjk
    [NotoSerifCJK-Bold.ttc]=fonts-noto-cjk
    [NotoSansCJK-Regular.ttc]=fonts-noto-cjk
    [NotoSansCJK-Bold.ttc]=fonts-noto-cjk
    [FandolFang-Regular.otf]=texlive-lang-chinese
    [FandolKai-Regular.otf]=texlive-lang-chinese
    [HanaMinB.ttf]=fonts-hanazono
)

explain_and_leave() {
    cat >&2 <<TEXT
Papers need fonts, and they could not be had from here: $*.
Put ${!packages[*]} into $folder
(on Debian they are in the packages fonts-noto-cjk, texlive-lang-chinese and fonts-hanazono).
印制文书所需的字体未能取得：$*。请将 ${!packages[*]} 放入 $folder
（Debian 的 fonts-noto-cjk、texlive-lang-chinese、fonts-hanazono 三个软件包中有这些字体）。
TEXT
    exit 1
}

missing() {
    local font
    for font in "${!packages[@]}"; do
        [[ -f $folder/$font ]] || echo "${packages[$font]}"
    done | sort -u
}

mkdir -p "$folder"
exec 9<"$folder" # one at a time
flock 9
mapfile -t wanted < <(missing)
((${#wanted[@]})) || exit 0
command -v apt-get dpkg-deb >/dev/null || explain_and_leave "apt-get"

echo "Fetching the fonts of papers (${wanted[*]}) into $folder ..." >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,packages,files}
# Lists of its own: those of the machine may be old, and are root's.
apt=(apt-get -qq -o "Dir::State::Lists=$work/state/lists" -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)")
"${apt[@]}" update >&2 || explain_and_leave "apt-get update"
(cd "$work/packages" && "${apt[@]}" download "${wanted[@]}" >&2) || explain_and_leave "${wanted[@]}"
for package in "$work"/packages/*.deb; do
    dpkg-deb -x "$package" "$work/files"
done
for font in "${!packages[@]}"; do
    [[ -f $folder/$font ]] && continue
    found=$(find "$work/files" -type f -name "$font" -print -quit)
    [[ -n $found ]] || explain_and_leave "$font"
    licence=$work/files/usr/share/doc/${packages[$font]}/copyright
    [[ ! -f $licence ]] || cp "$licence" "$folder/${packages[$font]}.copyright"
    cp "$found" "$folder/$font.new"
    chmod 644 "$folder/$font.new"
    mv "$folder/$font.new" "$folder/$font"
done
