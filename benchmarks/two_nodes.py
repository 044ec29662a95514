"""Ray's own cluster of two nodes on this machine, which reaches nobody and which nobody reaches; also for the tests."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from cxr_grounding.cohort.ray_session import environment, own_folder_of_ray, set_for_a_while

PATIENCE_SECONDS = 1_200.0
"""With a machine that has much else to do; a cluster is up in some seconds on one that has not."""

STORE_BYTES = 80 * 2**20
"""Of a node's store of objects: little more than the least that Ray takes."""

LISTENING = "dashboard_agent_listen_port"

BUSY: Mapping[str, str] = {
    "RAY_worker_niceness": "0",
    "RAY_gcs_server_port_wait_time_s": str(int(PATIENCE_SECONDS)),
}
"""For a busy machine: workers are as nice as the program, where nicer ones would wait for the end of all else; and more
patience than Ray has."""

T = TypeVar("T")


@contextmanager
def two_nodes() -> Iterator[Any]:
    """A `ray.cluster_utils.Cluster` of two nodes of one processor, with its `second` node and its `folder` of files."""
    with own_folder_of_ray() as folder, environment(folder), set_for_a_while(BUSY):
        import ray._private.services as services  # only now, since Ray looks at the environment when it is imported
        from ray.cluster_utils import Cluster

        own = services.get_node, services.start_raylet
        services.get_node, services.start_raylet = patient(services.get_node), not_kept_waiting(services.start_raylet)
        try:
            cluster = Cluster(initialize_head=True, head_node_args=node_options())
            cluster.second = cluster.add_node(**node_options())
            cluster.wait_for_nodes(PATIENCE_SECONDS)
            cluster.folder = folder
            yield cluster
            cluster.shutdown()
        finally:
            services.get_node, services.start_raylet = own


def wait_until(holds: Callable[[], T]) -> T:
    """What a condition gives, once it gives something.

    Raises:
        TimeoutError: when it never does.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.05)
    raise TimeoutError("it did not come to pass")


def patient(get_node: Callable[..., Any]) -> Callable[..., Any]:
    """The same, which waits for a node longer than the 30 s that Ray gives it."""

    def wait(*given: Any) -> Any:
        def found() -> Any:
            try:
                return get_node(*given)
            except RuntimeError:
                return None

        return wait_until(found)

    return wait


def not_kept_waiting(start_raylet: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a raylet that finds which port its agent will listen at, and does not end after 15 s without it."""
    from ray._raylet import persist_port  # type: ignore[attr-defined] # of its compiled part, without types

    def start(*given: Any, **named: Any) -> Any:
        node_id, session_folder = given[2], given[11]
        persist_port(session_folder, node_id, LISTENING, named[LISTENING])
        return start_raylet(*given, **named)

    return start


def node_options() -> dict[str, Any]:
    """Of a node as small as can be, whose agents are told their ports."""
    agents = ("metrics_agent_port", "metrics_export_port", "runtime_env_agent_port", LISTENING)
    with ExitStack() as taken:
        sockets = [taken.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in agents]
        ports = {agent: one.getsockname()[1] for agent, one in zip(agents, sockets, strict=True)}
    few = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    return few | ports | {"no_monitor": True, "include_log_monitor": False}
