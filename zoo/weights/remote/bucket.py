"""A preset in a bucket that speaks S3; ``AWS_ENDPOINT_URL`` and the other variables of AWS's clients are heard."""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

from zoo.weights.remote.origin import Missing

INSTALL = "s3:// needs fsspec and s3fs. Install them: pip install 'odezoo[s3]'."


@dataclasses.dataclass(frozen=True)
class Bucket:
    """The folder ``s3://bucket/prefix``; raises ``ImportError`` without fsspec and s3fs."""

    location: str
    revision = ""

    def __post_init__(self) -> None:
        if not self.location.removeprefix("s3://").strip("/"):
            raise ValueError(f"Expected s3://bucket/folder. Received: {self.location}.")
        library()

    def get(self, name: str, output: pathlib.Path, most: int, report: Callable[[int], object]) -> None:
        """As ``Origin.get`` says."""
        path = f"{self.location.rstrip('/')}/{name}"
        try:
            _get(system(), path, output, most)
        except FileNotFoundError as error:
            raise Missing(str(error)) from None
        except Exception as error:  # botocore's errors have no base in common with the system's
            if "credentials" not in str(error).lower():
                raise OSError(" ".join(str(error).split())) from None
            _get(system(anon=True), path, output, most)  # nobody is logged in, and a public bucket needs nobody
        report(output.stat().st_size)

    def put(self, folder: pathlib.Path) -> None:
        """Copy all files of a folder, hidden ones apart, into the bucket; raises ``OSError`` if that fails."""
        target, there = system(), self.location.rstrip("/")
        try:
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder)
                if path.is_file() and not any(part.startswith(".") for part in name.parts):
                    target.put_file(str(path), f"{there}/{name.as_posix()}")
        except Exception as error:
            raise OSError(f"{self.location} cannot be written: {' '.join(str(error).split())}") from None


def system(**keywords: Any) -> Any:
    """The file system of the buckets, nothing remembered; raises ``ImportError`` that says how to install it."""
    try:
        import fsspec
        import s3fs  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError(INSTALL) from error
    return fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False, **keywords)


def library() -> None:
    """Raise ``ImportError`` that says how to install what is needed."""
    import importlib.util

    if any(importlib.util.find_spec(name) is None for name in ("fsspec", "s3fs")):
        raise ImportError(INSTALL)


def _get(system, path, output, most):
    size = system.info(path)["size"]
    if size > most:
        raise ValueError(f"it has {size:,} bytes, more than the {most:,} that are expected")
    system.get_file(path, str(output))
