"""A preset on the Hugging Face Hub, or on a server that answers as the Hub does (``HF_ENDPOINT``)."""

import os
import pathlib
import re
import shutil
from collections.abc import Callable
from typing import Any

from zoo.data.environment import offline
from zoo.weights.remote.origin import Missing

LOCATION = re.compile(r"hf://(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[^@#?\s]+))?")
INSTALL = "hf:// needs huggingface_hub. Install it: pip install 'odezoo[hub]'."


class Hub:
    """The files at the root of a repository, all of one commit.

    Args:
        location: ``hf://user/repo`` or ``hf://user/repo@revision``.
        commit: Of which the files are to be, whatever the revision means today. Defaults to ``""``: what it means now.

    Raises ``ValueError`` for another form, ``ImportError`` without huggingface_hub.
    """

    def __init__(self, location: str, commit: str = "") -> None:
        match = LOCATION.fullmatch(location)
        if match is None:
            raise ValueError(f"Expected hf://user/repo or hf://user/repo@revision. Received: {location}.")
        self.repo, self.asked = match["repo"], commit or match["revision"] or "main"
        self.revision = ""
        library()

    def get(self, name: str, output: pathlib.Path, most: int, report: Callable[[int], object]) -> None:
        """As ``Origin.get`` says; what the Hub's own cache has is taken from there."""
        hub = library()
        try:
            arguments = {
                "revision": self.revision or self.asked,
                "local_files_only": offline(),
                "tqdm_class": _silent(),
            }
            if not arguments["local_files_only"] and not hub.constants.is_offline_mode():
                self._weigh(hub, name, arguments["revision"], most)
            path = pathlib.Path(hub.hf_hub_download(self.repo, name, **arguments))
        except (hub.errors.EntryNotFoundError, hub.errors.LocalEntryNotFoundError) as error:
            raise Missing(_line(error)) from None
        except (hub.errors.HfHubHTTPError, hub.errors.OfflineModeIsEnabled, hub.errors.HFValidationError) as error:
            raise OSError(_line(error)) from None
        self.revision = path.parent.name
        if path.stat().st_size > most:
            raise ValueError(f"{name} has {path.stat().st_size:,} bytes, more than the {most:,} that are expected")
        shutil.copyfile(path, output)
        report(output.stat().st_size)

    def put(self, folder: pathlib.Path) -> str:
        """Put the files of a folder into the repository, which is made if it is missing; returns the commit.

        Raises ``OSError`` if the hub does not take them.
        """
        hub = library()
        api = hub.HfApi(library_name="odezoo")
        try:
            api.create_repo(self.repo, exist_ok=True)
            if self.asked != "main":
                api.create_branch(self.repo, branch=self.asked, exist_ok=True)
            return api.upload_folder(
                repo_id=self.repo, folder_path=folder, revision=self.asked, commit_message="Publish a preset of Zoo"
            ).oid
        except (hub.errors.HfHubHTTPError, hub.errors.OfflineModeIsEnabled, ValueError) as error:
            raise OSError(f"hf://{self.repo} does not take it: {_line(error)}") from None

    def _weigh(self, hub, name, revision, most):
        """Raise ``ValueError`` before a file is downloaded that is too large."""
        found = hub.get_hf_file_metadata(hub.hf_hub_url(self.repo, name, revision=revision))
        if (found.size or 0) > most:
            raise ValueError(f"{name} has {found.size:,} bytes, more than the {most:,} that are expected")


def library() -> Any:
    """huggingface_hub; raises ``ImportError`` that says how to install it.

    Where nothing may be downloaded it is told so before its import, since it asks its host for other things, too.
    """
    if offline():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ModuleNotFoundError as error:
        raise ImportError(INSTALL) from error
    return huggingface_hub


def _silent():
    """A progress bar that is never shown: what shows it is elsewhere."""
    from huggingface_hub.utils import tqdm

    class Silent(tqdm):
        def __init__(self, *arguments, **keywords):
            super().__init__(*arguments, **{**keywords, "disable": True})

    return Silent


def _line(error):
    """What a message of several lines says: the status alone says little."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line[:3].isdigit()]
    return (telling or lines or [type(error).__name__])[0].rstrip(".:")
