"""One peer at work in a process of its own, run by bench/run.py.

    peers.py tree-sitter|ast|libcst|libcst-codemod LIST

Parses, or for libcst-codemod rewrites in memory, every file named in LIST and prints the
bytes and the seconds as JSON. Reading the files is not timed.
"""

import ast
import json
import sys
import time
import warnings


def tree_sitter_parse():
    import tree_sitter
    import tree_sitter_python

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
    return parser.parse


def ast_parse():
    return ast.parse


def libcst_parse():
    import libcst

    return libcst.parse_module


def libcst_codemod():
    """The smallest useful codemod: `session.query` becomes `session.legacy_query`."""
    import libcst

    class Rename(libcst.CSTTransformer):
        def leave_Attribute(self, original_node, updated_node):
            if original_node.attr.value == "query" and isinstance(original_node.value, libcst.Name):
                if original_node.value.value == "session":
                    return updated_node.with_changes(attr=libcst.Name("legacy_query"))
            return updated_node

    def run(data):
        return libcst.parse_module(data).visit(Rename()).bytes

    return run


PEERS = {"tree-sitter": tree_sitter_parse, "ast": ast_parse, "libcst": libcst_parse, "libcst-codemod": libcst_codemod}


def main():
    work = PEERS[sys.argv[1]]()
    warnings.simplefilter("ignore")
    files = []
    for name in open(sys.argv[2], encoding="utf-8").read().splitlines():
        with open(name, "rb") as f:
            files.append(f.read())
    done = 0
    start = time.process_time()
    for data in files:
        try:
            work(data)
        except Exception:  # a file that the peer cannot read is not counted for it
            continue
        done += len(data)
    print(json.dumps({"bytes": done, "seconds": time.process_time() - start}))


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)
    main()
