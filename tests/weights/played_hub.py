"""A server that answers huggingface_hub's client as the Hub does: repositories in memory, one file a commit or more."""

import base64
import contextlib
import hashlib
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator


class Hub:
    """What the server keeps and what it was asked.

    Attributes:
        commits: By repository, in their order: the files by name.
        asked: Method and path of every request.
        faults: Statuses to answer by, to requests whose path matches the pattern.
    """

    def __init__(self) -> None:
        self.commits: dict[str, dict[str, dict[str, bytes]]] = {}
        self.branches: dict[tuple[str, str], str] = {}
        self.objects: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.faults: dict[str, int] = {}
        self.url = ""

    def commit(self, repo: str, changed: dict[str, bytes], branch: str = "main") -> str:
        before = self.commits.get(repo, {}).get(self.branches.get((repo, branch), ""), {})
        files = {**before, **changed}
        listed = sorted((name, hashlib.sha1(content).hexdigest()) for name, content in files.items())
        oid = hashlib.sha1(json.dumps([repo, listed, len(self.commits.get(repo, {}))]).encode()).hexdigest()
        self.commits.setdefault(repo, {})[oid] = files
        self.branches[repo, branch] = oid
        return oid

    def resolved(self, repo: str, revision: str) -> str | None:
        return revision if revision in self.commits.get(repo, {}) else self.branches.get((repo, revision))


def handler(hub: Hub) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, body=b"", status=200, **headers):
            if not isinstance(body, bytes):
                body, headers = json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def body(self):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def handle_any(self):
            path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
            hub.asked.append(f"{self.command} {path}")
            body = self.body()
            for pattern, status in hub.faults.items():
                if re.search(pattern, path):
                    return self.answer({"error": "played fault"}, status)
            for pattern, action in actions:
                match = re.fullmatch(pattern, f"{self.command} {path}")
                if match:
                    return action(self, body, *match.groups())
            return self.answer({"error": f"not played: {path}"}, 404)

        do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815

    def create(self, body):
        asked = json.loads(body)
        repo = f"{asked.get('organization') or 'me'}/{asked['name']}"
        hub.commits.setdefault(repo, {})
        self.answer({"url": f"{hub.url}/{repo}", "name": repo, "id": repo})

    def branch(self, body, repo, name):
        hub.branches.setdefault((repo, name), hub.branches.get((repo, "main"), ""))
        self.answer({})

    def preupload(self, body, repo, revision):
        files = [
            {"path": f["path"], "uploadMode": "lfs" if f["path"].endswith(".safetensors") else "regular",
             "shouldIgnore": False, "oid": None}
            for f in json.loads(body)["files"]
        ]  # fmt: skip
        self.answer({"files": files})

    def batch(self, body, repo):
        objects = [
            {**each, "actions": {"upload": {"href": f"{hub.url}/objects/{each['oid']}"}}}
            for each in json.loads(body)["objects"]
        ]
        self.answer({"transfer": "basic", "objects": objects}, **{"Content-Type": "application/vnd.git-lfs+json"})

    def put(self, body, oid):
        assert hashlib.sha256(body).hexdigest() == oid
        hub.objects[oid] = body
        self.answer()

    def commit(self, body, repo, revision):
        changed = {}
        for line in body.splitlines():
            row = json.loads(line)
            if row["key"] == "file":
                changed[row["value"]["path"]] = base64.b64decode(row["value"]["content"])
            elif row["key"] == "lfsFile":
                changed[row["value"]["path"]] = hub.objects[row["value"]["oid"]]
        oid = hub.commit(repo, changed, revision)
        self.answer({"success": True, "commitOid": oid, "commitUrl": f"{hub.url}/{repo}/commit/{oid}"})

    def info(self, body, repo, revision="main"):
        oid = hub.resolved(repo, revision)
        if oid is None:
            return self.answer({"error": "Repository not found"}, 404, **{"X-Error-Code": "RepoNotFound"})
        siblings = [{"rfilename": name} for name in hub.commits[repo].get(oid, {})]
        return self.answer({"id": repo, "sha": oid, "siblings": siblings, "private": False, "tags": []})

    def resolve(self, body, repo, revision, name):
        oid = hub.resolved(repo, revision)
        if oid is None:
            code = "RevisionNotFound" if repo in hub.commits else "RepoNotFound"
            return self.answer(b"", 404, **{"X-Error-Code": code})
        content = hub.commits[repo][oid].get(name)
        if content is None:
            return self.answer(b"", 404, **{"X-Error-Code": "EntryNotFound", "X-Repo-Commit": oid})
        etag = hashlib.sha256(content).hexdigest()
        return self.answer(content, **{"ETag": f'"{etag}"', "X-Repo-Commit": oid, "Accept-Ranges": "bytes"})

    repo = r"([\w.-]+/[\w.-]+)"
    actions = (
        (r"POST /api/repos/create", create),
        (rf"POST /api/models/{repo}/branch/(.+)", branch),
        (r"POST /api/validate-yaml", lambda self, body: self.answer({"errors": [], "warnings": []})),
        (rf"POST /api/models/{repo}/preupload/(.+)", preupload),
        (rf"POST /{repo}\.git/info/lfs/objects/batch", batch),
        (r"PUT /objects/(\w+)", put),
        (rf"POST /api/models/{repo}/commit/(.+)", commit),
        (rf"GET /api/models/{repo}", info),
        (rf"GET /api/models/{repo}/revision/(.+)", info),
        (rf"(?:GET|HEAD) /{repo}/resolve/([^/]+)/(.+)", resolve),
    )
    return Handler


@contextlib.contextmanager
def played() -> Iterator[Hub]:
    """The hub, while it is there."""
    hub = Hub()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(hub)) as server:
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield hub
        server.shutdown()
