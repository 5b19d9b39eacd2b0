"""Files that are no study at all, or that mean harm: each as bytes, with the words of its error."""

from dataclasses import dataclass

from tests.conformance.bad_input.broken_studies import GOOD


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file's bytes; ``place`` is line:column, or None where the whole file is meant."""

    name: str
    content: bytes
    place: str | None
    message: str


BOMB = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (k, k, k - 1, k - 1) for k in range(98, 118))

FILES = (
    BrokenFile("empty", b"", "1:1", "the study file is empty"),
    BrokenFile("only a comment", b"# nothing yet\n", "1:1", "the study file is empty"),
    BrokenFile("blank lines", b"\n\n   \n", "1:1", "the study file is empty"),
    BrokenFile("binary", b"quell: 1\n\x00\x01\x02", "2:1", "binary"),
    BrokenFile("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "3:1", "binary"),
    BrokenFile("Latin-1", b"quell: 1\ntitle: F\xfcnf Infusionen\n", "2:9", "byte 0xfc is not UTF-8"),
    BrokenFile("UTF-16", GOOD.encode("utf-16"), "1:1", "binary"),
    BrokenFile("billion laughs", BOMB, "1:4", "anchors (&name) are not read"),
    BrokenFile("Python object", b"!!python/object/apply:os.system [echo]\n", "1:1", "tags (!name) are not read"),
    BrokenFile("local tag", b"quell: !include other.yaml\n", "1:8", "tags (!name) are not read"),
    BrokenFile("tag directive", b"%TAG ! tag:example.org,2000:\n---\nquell: 1\n", "2:1", "tags are not read"),
    BrokenFile("deep lists", b"quell: " + b"[" * 100_000, "1:19", "nested too deeply"),
    BrokenFile("deep mappings", b"quell: " + b"{a: " * 100_000, "1:52", "nested too deeply"),
    BrokenFile("many keys", b"".join(b"k%d: 1\n" % k for k in range(60_000)), "10000:1", "too many entries"),
    BrokenFile("many list items", b"quell: [" + b"1, " * 60_000 + b"1]", "1:59997", "too many entries"),
    BrokenFile("larger than 1 MB", b"# " + b"x" * 1_000_000, None, "too large (1 MB)"),
    BrokenFile("a list", b"- quell: 1\n", "1:1", "a study is a mapping"),
    BrokenFile("a word", b"hello\n", "1:1", "a study is a mapping"),
    BrokenFile("JSON cut off", b'{"quell": 1, "title": "One', "1:23", "never closed"),
    BrokenFile("CSV", b"ID,TIME,AMT\n1,0,35\n", "1:1", "a study is a mapping"),
    BrokenFile("HTML", b"<html><body>hello</body></html>\n", "1:1", "a study is a mapping"),
    BrokenFile("null key", b"~: 1\nquell: 1\n", "1:1", 'unknown key "~"'),
    BrokenFile("line separator", "quell: 1\ntitle: One\u2028infusion\n".encode(), "2:11", "foreign line end"),
    BrokenFile(
        "escape sequence", b"quell: 1\ntitle: \x1b]0;owned\x07\n", "2:8", "a control character or foreign line end"
    ),
)
