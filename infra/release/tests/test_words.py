"""Comments and docstrings of Python: as wide as a screen, and with the actor named."""

import ast
import io
import re
import tokenize
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = 120
# Who acts is named: the caller, the desk, a colleague.
UNNAMED = re.compile(r"\b(some(body|one)|who(m)?ever|nobody)\b", re.IGNORECASE)


def remarks(text):
    """Each comment and docstring, as (line, words)."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            yield node.body[0].lineno, ast.get_docstring(node)


def faults(text):
    """What is wrong with the remarks of a source, as (line, what)."""
    lines = text.splitlines()
    for number, words in remarks(text):
        if hit := UNNAMED.search(words):
            yield number, f"says {hit[0]}: name the actor"
        for row in range(number, number + words.count("\n") + 1):
            if len(lines[row - 1]) > COLUMNS:
                yield row, f"has {len(lines[row - 1])} columns: wrap it at {COLUMNS}"


class Remarks(unittest.TestCase):
    def test_every_source_has_short_remarks_that_name_the_actor(self):
        sources = [path for folder in ("infra", "tests") for path in sorted((ROOT / folder).glob("**/*.py"))]
        self.assertGreater(len(sources), 40)
        found = [
            f"{path.relative_to(ROOT)}:{number} {what}"
            for path in sources for number, what in faults(path.read_text("utf-8"))
        ]
        self.assertEqual(found, [])

    def test_a_word_or_a_long_line_is_found_in_comments_and_docstrings_alone(self):
        self.assertEqual([what for _, what in faults("# Whoever asks.\nx = 'nobody'\n")], ["says Whoever: name the actor"])
        self.assertEqual([row for row, _ in faults('def f():\n    """Tells nobody."""\n')], [2])
        self.assertEqual([row for row, _ in faults(f"x = 1\n# {'a' * COLUMNS}\n")], [2])
        self.assertEqual(list(faults(f"x = '{'a' * COLUMNS}'\n")), [])


if __name__ == "__main__":
    unittest.main()
