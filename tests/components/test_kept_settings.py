"""What is left off of a pool's arguments, and what is ignored of its state."""

from __future__ import annotations

from typing import Any

from pulumi_gcp import container

from components.kept_settings import ignored, leave_off
from weighbridge.spec.node_pool import Kept


def arguments() -> Any:
    driver = container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs(gpu_driver_version="LATEST")
    gpu = container.NodePoolNodeConfigGuestAcceleratorArgs(
        type="nvidia-l4", count=1, gpu_driver_installation_config=driver
    )
    config = container.NodePoolNodeConfigArgs(
        machine_type="g2-standard-8", service_account="a@b.c", guest_accelerators=[gpu]
    )
    return container.NodePoolArgs(cluster="c", version="1.33", node_config=config)


def test_settings_are_left_off_wherever_they_lie_and_nothing_else():
    made = arguments()
    driver: Kept = "nodeConfig.guestAccelerators.gpuDriverInstallationConfig"
    leave_off(made, ["version", "nodeConfig.serviceAccount", driver, "nodeConfig.tags"])
    assert (made.version, made.node_config.service_account) == (None, None)
    assert made.node_config.guest_accelerators[0].gpu_driver_installation_config is None
    assert (made.node_config.machine_type, made.node_config.guest_accelerators[0].count) == ("g2-standard-8", 1)


def test_of_the_network_all_stays_but_what_counts():
    found = list(ignored(["networkConfig", "version", "nodeConfig.guestAccelerators.gpuDriverInstallationConfig"]))
    assert "networkConfig.podRange" in found
    assert not {"networkConfig", "networkConfig.enablePrivateNodes"} & set(found)
    assert found[-1] == "version"


def test_of_linux_s_settings_all_stays_but_swap_which_may_be_on_disks_that_count():
    made = arguments()
    leave_off(made, ["nodeConfig.linuxNodeConfig"])
    assert made.node_config.linux_node_config is not None, "nothing can be ignored in a block that isn't there"
    found = set(ignored(["nodeConfig.linuxNodeConfig"]))
    assert "nodeConfig.linuxNodeConfig.sysctls" in found
    assert not {"nodeConfig.linuxNodeConfig", "nodeConfig.linuxNodeConfig.swapConfig"} & found
