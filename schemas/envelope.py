"""CloudEvents 1.0 as Xinglin reads and writes it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.base import Code, Frozen, Instant
from schemas.forms import read_integer
from schemas.party import squeeze_code
from schemas.tracing import read_traceparent

MAX_MESSAGE_BYTES = 1024 * 1024

_JSON = r"^[^\s/;]+/(?:[^\s/;]+\+)?json$"
"""A media type is JSON whose subtype is json or ends in +json (CloudEvents 1.0, 3.1)."""
_TYPE = re.compile(r"[a-z][a-zA-Z0-9._-]*[a-zA-Z0-9]\.v[0-9]+")


def _require_version(value: str) -> str:
    if not _TYPE.fullmatch(value):
        raise PydanticCustomError("type_form", "does not end in its schema version, as in credit.office.honour.v1")
    return value


def read_media_type(value: Any) -> Any:
    """Return a media type as it is compared: small letters, without parameters.

    Parameters such as charset add nothing: the body is checked to be UTF-8, whatever they say.
    """
    return value.partition(";")[0].strip().lower() if isinstance(value, str) else value


def family_of(message_type: str) -> str:
    """Return a message type without its version."""
    return message_type.rpartition(".v")[0]


class Event(Frozen, title="报文"):
    """One message: the attributes of its envelope and its data, not yet validated by type.

    (`source`, `id`) is the identity of the message; `revision` is that of the business record that it states.
    """

    specversion: Literal["1.0"] = Field(title="CloudEvents 版本")
    id: Code = Field(title="报文编号")
    source: Annotated[str, Field(pattern=r"^/[a-z0-9][a-zA-Z0-9/_.-]{0,126}$")] = Field(title="来源")
    type: Annotated[
        str,
        Field(max_length=128, json_schema_extra={"pattern": f"^{_TYPE.pattern}$"}),
        AfterValidator(_require_version),
    ] = Field(title="报文类型")
    time: Instant = Field(title="出具时间")
    sender: Annotated[Code, AfterValidator(squeeze_code)] = Field(title="发送单位统一社会信用代码")
    revision: Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(read_integer)] = Field(
        default=1, title="修订版次"
    )
    datacontenttype: (
        Annotated[
            str,
            BeforeValidator(read_media_type),
            Field(pattern=_JSON),
            WithJsonSchema({"type": "string", "pattern": r"^\s*[^\s/;]+/(?:[^\s/;]+\+)?[jJ][sS][oO][nN]\s*(?:;|$)"}),
        ]
        | None
    ) = Field(default=None, title="数据格式")
    sigalg: Code | None = Field(default=None, title="签名算法")
    keyid: Code | None = Field(default=None, title="密钥编号")
    sig: Annotated[str, Field(max_length=1024)] | None = Field(default=None, title="签名")
    traceparent: Annotated[
        str | None, BeforeValidator(read_traceparent), WithJsonSchema({"type": "string", "maxLength": 512})
    ] = Field(default=None, title="追踪上下文")
    """W3C Trace Context, which leads through what follows from the message; what is none is not there."""
    data: dict[str, Any] = Field(title="数据")
    time_as_written: str | None = Field(default=None, exclude=True, title="出具时间原文")
    """`time` as the sender wrote it, which a signature covers; no attribute can have this name."""
    sender_as_written: str | None = Field(default=None, exclude=True, title="发送单位代码原文")
    """`sender` as the sender wrote it, likewise."""

    @property
    def family(self) -> str:
        """The type without its version."""
        return family_of(self.type)
