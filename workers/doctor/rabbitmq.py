"""The doctor at RabbitMQ: is everything there that messages need, and is it made the way that keeps them?

Nothing is created. AMQP tells how a queue was made only by refusing to declare it otherwise, so what exists (a
passive declaration says so first) is declared once more with our arguments, which then only compares them.
Bindings and the server's own settings cannot be seen by AMQP at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pika import ConnectionParameters
from pika.exceptions import ChannelClosedByBroker

from schemas.errors import PermanentError, XinglinError
from schemas.routing import Topology
from workers.broker import BrokerLost, Depth, Look, rabbit
from workers.broker.link import Link, find_distrust, parameters
from workers.doctor.finding import Finding, Judgement, conclude, fine, judge, refuse, warn


@dataclass(frozen=True, slots=True)
class Sight:
    """One exchange or queue: absent, made otherwise than it should be (in the broker's words), or as it should."""

    name: str
    absent: bool = False
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """A virtual host against a topology; `inbound` are the queues that intake consumes."""

    version: str
    exchanges: tuple[Sight, ...]
    queues: tuple[Sight, ...]
    dead_queue: str
    inbound: tuple[str, ...]
    look: Look

    def depth(self, queue: str) -> Depth:
        """Return what a queue tells of itself; nothing waits in one that does not exist."""
        return self.look.queues.get(queue) or Depth(0, 0)


def examine(url: str, topology: Topology, inbound: tuple[str, ...]) -> list[Finding]:
    """Return what is to be said about the broker at `url`; `inbound` are the queues that intake consumes.

    Raises:
        ConfigurationError: the URL cannot be read.
    """
    where = parameters(url)
    try:
        observed = observe(where, topology, inbound)
    except (PermanentError, BrokerLost) as error:
        return [conclude("rabbitmq.reachable", _refuse_unreachable(error))]
    return judge(RULES, observed)


def observe(where: ConnectionParameters, topology: Topology, inbound: tuple[str, ...]) -> Observed:
    """Look at a virtual host over connections of its own.

    Raises:
        BrokerLost: it cannot be reached.
        PermanentError: it refuses the login, or shows a certificate that is not trusted.
    """
    link = Link(where)
    version = link.server_version
    link.close()
    queues = rabbit.queue_arguments(topology)
    exchanges = {name: {"exchange_type": "topic"} for name in (*topology.exchanges, topology.dead_exchange)}
    return Observed(
        version=version,
        exchanges=tuple(_see(where, "exchange", exchanges)),
        queues=tuple(_see(where, "queue", {name: {"arguments": made} for name, made in queues.items()})),
        dead_queue=topology.dead_queue,
        inbound=inbound,
        look=rabbit.RabbitBroker(where).look(tuple(queues)),
    )


def _see(
    where: ConnectionParameters, kind: Literal["exchange", "queue"], wanted: Mapping[str, Mapping[str, object]]
) -> Iterator[Sight]:
    link = Link(where)
    try:
        for name, made in wanted.items():
            declare = partial(link.call, getattr(link.channel, f"{kind}_declare"), **{kind: name})
            try:
                declare(passive=True)
                declare(durable=True, **made)
            except PermanentError as error:
                link.drop()  # the broker closes the channel on which it refused something
                link = Link(where)
                yield _differing(name, error)
            else:
                yield Sight(name)
    finally:
        link.close()


def _differing(name: str, refused: PermanentError) -> Sight:
    if rabbit.is_missing(refused):
        return Sight(name, absent=True)
    closed = refused.__cause__
    return Sight(name, difference=closed.reply_text if isinstance(closed, ChannelClosedByBroker) else str(refused))


def _refuse_unreachable(error: XinglinError) -> Judgement:
    trouble = error.__cause__ or error
    distrust = find_distrust(trouble)
    if distrust is not None:
        return refuse(
            f"shows a certificate that is not trusted: {distrust}",
            f"服务器证书不受信任：{distrust}",
            "核对 XINGLIN_BROKER_URL 中的主机名和 cacertfile，或服务器的证书。",
        )
    return refuse(
        f"cannot be reached, or refuses the login: {type(trouble).__name__}",
        f"无法连接，或登录被拒绝：{type(trouble).__name__}",
        "检查 XINGLIN_BROKER_URL 中的主机、端口、用户、密码和虚拟主机，以及 RabbitMQ 服务。",
    )


def _judge_reachable(_observed: Observed) -> Judgement:
    return fine("connected", "已连接", "AMQP 看不到 consumer_timeout：请保持默认的 30 分钟，不要调小。")


def _judge_version(observed: Observed) -> Judgement:
    found = f"RabbitMQ {observed.version}"
    number = re.match(r"(\d+)\.(\d+)", observed.version)
    version = (int(number[1]), int(number[2])) if number else (0, 0)
    if version < (3, 10):
        return refuse(
            f"{found}: dead letters can be lost on their way, before 3.10",
            f"{found}：3.10 之前的版本可能丢失死信（dead letter）",
            "请升级到 RabbitMQ 3.10 或更高版本。",
        )
    if version >= (4, 0):
        return warn(
            f"{found}: a message that comes back 20 times goes to the dead queue (4.0); not tried with Xinglin",
            f"{found}：4.0 起，退回 20 次的报文转入死信队列；尚未随本系统测试",
            "请关注死信队列，升级前先在测试环境运行 make test。",
        )
    return fine(found, found)


def _judge_topology(observed: Observed) -> Judgement:
    absent = [f"exchange {sight.name}" for sight in observed.exchanges if sight.absent]
    absent += [f"queue {sight.name}" for sight in observed.queues if sight.absent]
    wanted = len(observed.exchanges) + len(observed.queues)
    if len(absent) == wanted:
        return warn(
            "nothing is declared yet; whatever is sent now is lost",
            "交换机（exchange）和队列（queue）都还没有声明，此时发送的报文会丢失",
            "先启动一次 xinglin worker intake（启动时声明全部队列），再让各来源发送。",
        )
    if absent:
        return refuse(
            f"not there: {', '.join(absent)}",
            f"缺少：{'、'.join(absent)}",
            "重新启动任一 xinglin worker，它会补齐缺少的交换机、队列和绑定。",
        )
    found = f"all {wanted} exchanges and queues of routing.yaml are there"
    return fine(found, f"routing.yaml 中的交换机（exchange）和队列（queue）共 {wanted} 个，均已声明")


def _judge_arguments(observed: Observed) -> Judgement:
    if all(sight.absent for sight in (*observed.exchanges, *observed.queues)):
        return warn(
            "nothing is declared yet, so nothing could be compared",
            "交换机和队列都还没有声明，无从比对",
            "先启动一次 xinglin worker intake（启动时声明全部队列），再运行 xinglin doctor。",
        )
    differences = [sight.difference for sight in (*observed.exchanges, *observed.queues) if sight.difference]
    if differences:
        return refuse(
            f"made otherwise than Xinglin makes it: {'; '.join(differences)}",
            f"与本系统的声明不一致：{'；'.join(differences)}",
            "停止发送，取空并删除该队列或交换机，再启动 xinglin worker 重新声明（仲裁队列、至少一次死信）。",
        )
    return fine(
        "durable topic exchanges; durable quorum queues, dead-lettering at least once",
        "交换机持久（durable topic）；队列为持久的仲裁队列（quorum），死信至少一次（at least once）",
    )


def _judge_dead(observed: Observed) -> Judgement:
    waiting = observed.depth(observed.dead_queue).ready
    if waiting:
        return warn(
            f"{waiting} messages in {observed.dead_queue}",
            f"死信队列 {observed.dead_queue} 中有 {waiting:,} 份报文",
            "查看每条死信的 x-death 头，消除原因后移回原队列；不要直接清空。见 docs/operate.md。",
        )
    return fine("no dead letters", "没有死信（dead letter）")


def _judge_alarm(observed: Observed) -> Judgement:
    if observed.look.alarm:
        return warn(
            f"publishers are blocked: {observed.look.alarm}",
            f"已停止接收发送方的消息：{observed.look.alarm}",
            "RabbitMQ 内存或磁盘不足：扩容或清理。待发消息留在发件箱，不会丢失。",
        )
    return fine("publishers are not blocked", "接收正常，没有内存或磁盘告警")


def _judge_consumers(observed: Observed) -> Judgement:
    depths = {name: observed.depth(name) for name in observed.inbound}
    idle = sorted(name for name, depth in depths.items() if depth.ready and not depth.consumers)
    if idle:
        return warn(
            f"messages wait and nobody takes them: {', '.join(idle)}",
            f"有报文等待而无人接收：{'、'.join(idle)}",
            "启动 xinglin worker intake。",
        )
    ready = sum(depth.ready for depth in depths.values())
    return fine(f"{ready} messages wait in inbound queues", f"接收队列中有 {ready:,} 份报文等待")


def _judge_readers(observed: Observed) -> Judgement:
    """Warn of outbound queues in which messages wait and that nobody reads: an agency or feed hears nothing."""
    outbound = observed.look.queues.keys() - {observed.dead_queue, *observed.inbound}
    unread = sorted(name for name in outbound if observed.depth(name).ready and not observed.depth(name).consumers)
    if unread:
        told = [f"{name}（{observed.depth(name).ready:,}）" for name in unread]
        return warn(
            f"messages wait and nobody reads them: {', '.join(unread)}",
            f"下列队列中有消息等待而无人读取：{'、'.join(told)}",
            "请各单位和平台启动其读取程序；按期轮询的单位，两次读取之间出现本提示属正常。",
        )
    return fine("no outbound queue is left unread", "发出的消息均有人读取")


RULES: Mapping[str, Callable[[Observed], Judgement]] = {
    "rabbitmq.reachable": _judge_reachable,
    "rabbitmq.version": _judge_version,
    "rabbitmq.topology": _judge_topology,
    "rabbitmq.arguments": _judge_arguments,
    "rabbitmq.dead": _judge_dead,
    "rabbitmq.consumers": _judge_consumers,
    "rabbitmq.readers": _judge_readers,
    "rabbitmq.alarm": _judge_alarm,
}
