"""The command line: which verbs there are. What a verb does stands in `commands`."""

import argparse
import atexit
import importlib
import os
import sys

from ledgergraph.errors import LedgerError

VERBS = {
    "run": "take everything in a folder through the whole graph; prints counts and the report",
    "demo": "make a company with planted issues, run it, and show the report",
    "query": "ask the stored tables in SQL",
    "trace": "walk a finding back to the page or the rows that it rests on",
    "score": "score invoices that are not in the books yet, as the next night would",
    "similar": "find documents like one, with what happened to each",
    "reproduce": "make the report again from the versions it names, and compare",
    "feedback": "say what is right or wrong: add, import, list",
    "annotate": "let people correct drafts in Label Studio: export, import, agreement, sample",
    "train": "learn from what people said; the challenger counts if it wins",
    "quality": "report what came in within 24 hours, how well it was read, and crossed limits",
    "metrics": "serve figures of runs, batches, findings and models to Prometheus",
    "verify": "walk the audit log, manifests, heads and hashes; name what is wrong",
    "backup": "copy a home into a folder or bucket; what is there already is not copied again",
    "restore": "put the newest backup into an empty home, and verify it",
    "erase": "destroy documents and all that was read from them; says first what would go",
    "retention": "list documents whose retention period is over; erase them",
    "doctor": "show settings and services, and what is missing",
    "dev": "start the Dagster UI with everything it needs",
    "corpus": "make documents with their labels; publish, list and get versions of corpora",
    "models": "list what counted, roll a champion back, or make those of the package",
    "attention": "draw what a layout transformer looks at when it reads a field",
    "graph": "ask the graph in Cypher, copy it, restore it; start or stop the embedded server",
}


def command() -> int:
    """Run the verb of this process; its status is that of the process.

    Nothing of native libraries is taken down at the end: a thread of one that is still there
    then aborts the process, after all is done and said.
    """
    ended: list[int] = []
    atexit.register(_leave, ended)  # what is registered first is called last
    ended.append(main())
    return ended[0]


def _leave(ended: list[int]) -> None:
    """End the process at once if its verb has ended; Python has cleaned up by now."""
    if not ended:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # what was printed is not whole: Python says so, and its status is 120
    os._exit(ended[0])


def main(argv: list[str] | None = None) -> int:
    """Run one verb; returns the exit status. Expected errors are one line on stderr."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] not in VERBS:
        _overview().parse_args(arguments)
        _overview().print_help()
        return 2
    verb = arguments[0]
    command = importlib.import_module(f"orchestration.commands.{verb}")
    parser = argparse.ArgumentParser(prog=f"ledgergraph {verb}", description=VERBS[verb])
    command.arguments(parser)
    given = parser.parse_args(arguments[1:])
    try:
        return int(command.run(given))
    except LedgerError as error:
        print(f"ledgergraph {verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"ledgergraph {verb}: stopped. Run it again to go on.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"ledgergraph {verb}: {error}", file=sys.stderr)
        return 1


def _overview() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ledgergraph",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="From paper to graph to finding, and back.",
        epilog="\n".join(f"  {verb:10} {sentence}" for verb, sentence in VERBS.items())
        + "\n\nledgergraph VERB --help tells more.",
    )
    parser.add_argument("verb", choices=sorted(VERBS), metavar="VERB")
    return parser
