"""kube-apiserver, Pulumi's CLI, etcd and the Gateway API's definitions: fetched or built once, then cached."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.debian import DOWNLOAD_SECONDS, Unavailable, only_one_at_a_time, program, run
from tests.support.paths import ROOT, SHARED

HERE = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "integration"
PULUMI_PINS = ROOT / "tests" / "engine" / "pulumi"

SERVER_PACKAGE = "k8s.io/kubernetes/cmd/kube-apiserver"
GATEWAY_MODULE = "sigs.k8s.io/gateway-api"
SECRETS_MODULE = "sigs.k8s.io/secrets-store-csi-driver"
KEDA_MODULE = "github.com/kedacore/keda/v2"
KUEUE_MODULE = "sigs.k8s.io/kueue"
KUBE_SCORE_MODULE = "github.com/zegl/kube-score"
KUEUE_PACKAGE = f"{KUEUE_MODULE}/test/performance/scheduler/minimalkueue"
JOB_MODULES = {
    "github.com/ray-project/kuberay/ray-operator": "config/crd/bases",
    "github.com/kubeflow/trainer/v2": "manifests/base/crds",
    "github.com/GoogleCloudPlatform/gke-networking-api": "config/crds",
}
PULUMI_MODULE = "github.com/pulumi/pulumi/pkg/v3"
PULUMI_SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
PULUMI_YAML_MODULE = "github.com/pulumi/pulumi-yaml"
PULUMI_YAML_PACKAGE = f"{PULUMI_YAML_MODULE}/cmd/pulumi-language-yaml"
LANGUAGES = ROOT / "tests" / "engine" / "languages"
PULUMI_PACKAGE = f"{PULUMI_MODULE}/cmd/pulumi"
NODE_MODULES = ("@pulumi/pulumi@3.276.0", "@types/node@18.19.130", "typescript@5.9.3")
CHECKOV_VERSION = "3.3.30"
BUILD_SECONDS = 45 * 60  # about five minutes on two idle cores; others may share them


def kube_apiserver() -> Path:
    """The API server of the version that apiserver/go.mod pins, built unless the cache has it.

    Raises `Unavailable` if it is not cached and can't be built.
    """
    pins = HERE / "apiserver"
    version = _pinned("k8s.io/kubernetes", pins)
    major, minor = version.removeprefix("v").split(".")[:2]
    names = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    stamps = {f"k8s.io/component-base/version.{name}": value for name, value in names.items()}
    return _built(SERVER_PACKAGE, pins, version, stamps)


def pulumi() -> Path:
    """Pulumi's CLI of the version that tests/engine/pulumi/go.mod pins, built unless the cache has it.

    Raises `Unavailable` if it is not cached and can't be built.
    """
    pins = PULUMI_PINS
    version = _pinned(PULUMI_MODULE, pins)
    return _built(PULUMI_PACKAGE, pins, version, {f"{PULUMI_SDK_MODULE}/go/common/version.Version": version})


def pulumi_python_executor() -> Path:
    """The script under which Pulumi's language host runs Python programs, from the module that the CLI is built with.

    Raises `Unavailable` if it is not cached and can't be fetched.
    """
    script = CACHE / f"pulumi-language-python-exec-{_pinned(PULUMI_SDK_MODULE, PULUMI_PINS)}"
    with only_one_at_a_time(CACHE):
        if not script.exists():
            answer = run([_go(), "mod", "download", "-json", PULUMI_SDK_MODULE], PULUMI_PINS, DOWNLOAD_SECONDS)
            shipped = Path(json.loads(answer)["Dir"]) / "python" / "cmd" / "pulumi-language-python-exec"
            with _appearing_whole(script) as unfinished:
                shutil.copyfile(shipped, unfinished)
    return script


def pulumi_yaml() -> Path:
    """Pulumi's host of YAML programs, in a folder of its own, built unless the cache has it. Raises as `pulumi`."""
    built = _built(PULUMI_YAML_PACKAGE, LANGUAGES, _pinned(PULUMI_YAML_MODULE, LANGUAGES), {})
    program = CACHE / f"{built.name}-alone" / "pulumi-language-yaml"
    if not program.exists():
        program.parent.mkdir(exist_ok=True)
        program.symlink_to(built)
    return program


def typescript_library() -> Path:
    """The program that writes the TypeScript library of a package's schema, built as `pulumi_yaml`."""
    return _built("./typescript", LANGUAGES, _pinned(PULUMI_MODULE, LANGUAGES), {})


def node_modules() -> Path:
    """A folder of TypeScript and of the types that Pulumi's libraries are made of, not of what those need to run.

    Raises `Unavailable` if they are not cached and can't be fetched.
    """
    folder = CACHE / f"node_modules-{hashlib.sha256(' '.join(NODE_MODULES).encode()).hexdigest()[:12]}"
    with only_one_at_a_time(CACHE):
        if not folder.exists():
            if not (npm := shutil.which("npm")):
                raise Unavailable("npm is not on the PATH: TypeScript comes from there")
            with _appearing_whole(folder) as unfinished:
                for package in NODE_MODULES:
                    place = unfinished / package.rpartition("@")[0]
                    place.mkdir(parents=True)
                    packed = run([npm, "pack", "--silent", package], place, DOWNLOAD_SECONDS).strip()
                    run(["tar", "--extract", "--strip-components", "1", "--file", packed], place, DOWNLOAD_SECONDS)
                    (place / packed).unlink()
    return folder


def kueue() -> Path:
    """Kueue's scheduler and core controllers of the version that kueue/go.mod pins, built unless the cache has them.

    Raises `Unavailable` if they are not cached and can't be built.
    """
    pins = HERE / "kueue"
    return _built(KUEUE_PACKAGE, pins, _pinned(KUEUE_MODULE, pins), {})


def kueue_webhooks() -> Path:
    """Kueue's webhooks of the same version, in the program of kueue/webhooks; built unless the cache has it.

    Raises `Unavailable` as `kueue`.
    """
    pins = HERE / "kueue"
    sources = sorted((pins / "webhooks").glob("*.go"))
    return _built("./webhooks", pins, _pinned(KUEUE_MODULE, pins), {}, sources, "kueue-webhooks")


def kueue_webhook_manifest() -> Path:
    """The file of Kueue's webhook configurations of the same version. Raises `Unavailable` as `kueue`."""
    pins = HERE / "kueue"
    file = CACHE / f"kueue-webhooks-{_pinned(KUEUE_MODULE, pins)}.yaml"
    with only_one_at_a_time(CACHE):
        if not file.exists():
            answer = run([_go(), "mod", "download", "-json", KUEUE_MODULE], pins, DOWNLOAD_SECONDS)
            with _appearing_whole(file) as unfinished:
                shutil.copyfile(
                    Path(json.loads(answer)["Dir"]) / "config/components/webhook/manifests.yaml", unfinished
                )
    return file


def kube_score() -> Path:
    """kube-score of the version that kube-score/go.mod pins, built unless the cache has it. Raises as `kueue`."""
    pins = HERE / "kube-score"
    return _built(f"{KUBE_SCORE_MODULE}/cmd/kube-score", pins, _pinned(KUBE_SCORE_MODULE, pins), {})


def checkov() -> Path:
    """checkov, in an environment of its own: what it needs doesn't fit the lock.

    Raises `Unavailable` if it is not cached and can't be installed.
    """
    folder = CACHE / f"checkov-{CHECKOV_VERSION}"
    program = folder / "bin" / "checkov"
    with only_one_at_a_time(CACHE):
        if not (folder / "installed").exists():
            _say(f"Installing checkov {CHECKOV_VERSION} (once; about a minute) ...")
            run([sys.executable, "-m", "venv", "--clear", str(folder)], CACHE, DOWNLOAD_SECONDS)
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            run([*pip, f"checkov=={CHECKOV_VERSION}"], CACHE, BUILD_SECONDS)
            (folder / "installed").touch()
    return program


def kueue_definitions() -> tuple[Path, ...]:
    """The files of Kueue's definitions of the same version. Raises `Unavailable` as `kueue`."""
    return _definitions(KUEUE_MODULE, HERE / "kueue", "config/components/crd/bases")


def etcd() -> Path:
    """etcd from the PATH, else Debian's package unpacked into the cache: nothing is installed and no service starts.

    Raises `Unavailable` if there is neither.
    """
    return program("etcd", "etcd-server", CACHE)


def gateway_definitions() -> tuple[Path, ...]:
    """The files of the Gateway API's standard channel, of the version that gateway/go.mod pins.

    Raises `Unavailable` if they are not cached and can't be fetched.
    """
    return _definitions(GATEWAY_MODULE, HERE / "gateway", "config/crd/standard")


def _definitions(module: str, pins: Path, inside: str) -> tuple[Path, ...]:
    """The files of a folder of a module, copied into the cache."""
    name = "-".join(module.split("/")[1:])
    folder = CACHE / f"{name}-{_pinned(module, pins)}"
    with only_one_at_a_time(CACHE):
        if not folder.exists():
            answer = run([_go(), "mod", "download", "-json", module], pins, DOWNLOAD_SECONDS)
            shipped = Path(json.loads(answer)["Dir"]) / inside
            with _appearing_whole(folder) as unfinished:
                unfinished.mkdir()
                for file in shipped.glob("*.yaml"):
                    shutil.copyfile(file, unfinished / file.name)
    return tuple(sorted(folder.glob("*.yaml")))


def job_definitions() -> tuple[Path, ...]:
    """The definitions of Ray's and Kubeflow Trainer's kinds and of GKE's networks, from the modules that jobs/ pins.

    Raises `Unavailable` if they are not cached and can't be fetched.
    """
    return tuple(
        file
        for module, inside in JOB_MODULES.items()
        for file in _definitions(module, HERE / "jobs", inside)
        if "kustomization" not in file.name
    )


def keda_definitions() -> tuple[Path, ...]:
    """The definitions of KEDA's kinds, of the version that keda/ pins. Raises `Unavailable` as `job_definitions`."""
    return tuple(file for file in _definitions(KEDA_MODULE, HERE / "keda", "config/crd/bases") if "_" in file.name)


def secret_definitions() -> tuple[Path, ...]:
    """The definitions of SecretProviderClass, of the driver that Google's add-on is made of, as secrets-store/ pins it,
    and of SecretSync.

    Raises `Unavailable` if it is not cached and can't be fetched.
    """
    pins = HERE / "secrets-store"
    file = CACHE / f"secret-provider-class-{_pinned(SECRETS_MODULE, pins)}.yaml"
    with only_one_at_a_time(CACHE):
        if not file.exists():
            answer = run([_go(), "mod", "download", "-json", SECRETS_MODULE], pins, DOWNLOAD_SECONDS)
            shipped = Path(json.loads(answer)["Dir"]) / "config" / "crd" / "bases"
            with _appearing_whole(file) as unfinished:
                shutil.copyfile(shipped / "secrets-store.csi.x-k8s.io_secretproviderclasses.yaml", unfinished)
    return (file, HERE / "secret-sync.yaml")


def shared_definitions() -> tuple[Path, ...]:
    """Further definitions (GKE, Kueue, LeaderWorkerSet, ...) from ../shared/crds; none where that folder is absent.

    Without those of KEDA, which its module has.
    """
    return tuple(sorted(file for file in (SHARED / "crds").glob("*.yaml") if not file.name.startswith("keda-")))


def definitions() -> tuple[Path, ...]:
    """Every definition of the objects of stacks. Raises `Unavailable` where one can't be fetched."""
    return (
        *gateway_definitions(),
        *secret_definitions(),
        *job_definitions(),
        *keda_definitions(),
        *shared_definitions(),
    )


def _built(
    package: str, pins: Path, version: str, stamps: Mapping[str, str], sources: Sequence[Path] = (), name: str = ""
) -> Path:
    """A Go program, built unless the cache has it; `stamps` are the variables that hold its version.

    `sources` are its own files, where it isn't all in a module; `name`: what it is called, if not as its package.
    """
    name = name or package.rpartition("/")[2]
    files = (pins / "go.mod", pins / "go.sum", *sources)
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    binary = CACHE / f"{name}-{version}-{platform.system()}-{platform.machine()}-{digest}"
    with only_one_at_a_time(CACHE):
        if not binary.exists():
            _say(f"Building {name} {version} (once; about five minutes on two cores) ...")
            variables = " ".join(f"-X {variable}={value}" for variable, value in stamps.items())
            nice = ["nice", "-n", "10"] if shutil.which("nice") else []
            with _appearing_whole(binary) as unfinished:
                flags = ["-mod=readonly", "-trimpath", f"-ldflags=-s -w {variables}", "-o", str(unfinished)]
                run([*nice, _go(), "build", *flags, package], pins, BUILD_SECONDS)
    return binary


def _pinned(module: str, pins: Path) -> str:
    found = re.search(rf"^\s*(?:require\s+)?{re.escape(module)}\s+(v\S+)", (pins / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise Unavailable(f"{pins / 'go.mod'} does not require {module}")
    return found[1]


def _go() -> str:
    if found := shutil.which("go"):
        return found
    raise Unavailable("Go is not on the PATH, and builds what is tested: install the version in apiserver/go.mod")


@contextmanager
def _appearing_whole(path: Path) -> Iterator[Path]:
    """A path to write to, renamed to `path` only if the block succeeds: a cut-off run leaves nothing half made."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    yield unfinished
    unfinished.replace(path)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
