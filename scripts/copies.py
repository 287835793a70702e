"""A copy of the last commit in which faults are planted, with a target folder of its own: what is built there has faults in
it, and the names of what has none."""

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Copy:
    """Lies in `folder` while it is entered; what was built there stays. Begins with `part` of a target folder `usual`."""

    def __init__(self, folder, usual, part="."):
        self.tree, self.target = folder / "copy", folder / "target"
        self.usual, self.part = usual, part

    def __enter__(self):
        self.__exit__()
        if not self.target.exists() and (self.usual / self.part).exists():
            # What others wrote is not built again.
            self.target.mkdir(parents=True)
            shutil.copytree(self.usual / self.part, self.target / self.part, symlinks=True, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("incremental"))
        git("worktree", "add", "--quiet", "--detach", self.tree, "HEAD")
        return self

    def __exit__(self, *_):
        subprocess.run(["git", "worktree", "remove", "--force", self.tree], cwd=ROOT, capture_output=True)
        git("worktree", "prune")

    @contextmanager
    def planted(self, patch):
        """With this patch applied."""
        git("apply", patch, cwd=self.tree)
        try:
            yield
        finally:
            git("checkout", "--quiet", "--", ".", cwd=self.tree)


def git(*arguments, cwd=ROOT):
    subprocess.run(["git", *arguments], cwd=cwd, check=True)


def misfit(patch):
    """Why a patch does not apply to the sources as they are; nothing when it does."""
    done = subprocess.run(["git", "apply", "--check", patch], cwd=ROOT, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else None
