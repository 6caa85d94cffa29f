"""Evaluate the app on conversations and sentences: `make eval`, or `python -m scripts.eval --help`.

Exits 0 if every case without a `known fault:` is right, 1 if one is not, 2 if a file cannot be read.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from agents.opening import open_model
from scripts.app_settings import ROOT, app_environment
from scripts.eval import report, sentence_report
from scripts.eval.case_files import read_cases
from scripts.eval.figures import evaluate
from scripts.eval.format_errors import CaseFormatError
from scripts.eval.hosts import run_cases
from scripts.eval.readme_table import write_table
from scripts.eval.sentences import Sentence, decide_all, read_sentences
from scripts.run import model_line
from settings import Settings, SettingsError

EVALS = ROOT / "tests" / "evals"
CONVERSATIONS = EVALS / "conversations"
SENTENCES = (
    "sentences.txt",
    "held_out.txt",
    "held_out_again.txt",
    "held_out_third.txt",
    "intents.txt",
    "dates.txt",
    "places.txt",
    "extras.txt",
    "dialogues.txt",
    "date_dialogues.txt",
)
"""The files of sentences that are run without being named; others in the folder are of another form."""
REPEATS = 4
"""Repeats of a case against a real model, whose answers differ from run to run."""
_MODEL_VARIABLES = ("AZURE_OPENAI_", "OPENAI_", "MODEL_")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments name, print the report and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        variables = {} if options.offline else model_variables(app_environment())
        settings = Settings.from_environ(variables)
        print(model_line(settings))
        conversations, sentences = _chosen(options, is_live=settings.model_source != "offline")
        # Both are run, whatever became of the first.
        results = [
            _converse(conversations, options, variables, settings),
            _decide(sentences, settings),
        ]
    except (CaseFormatError, SettingsError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    return 0 if all(results) else 1


def _chosen(options: argparse.Namespace, is_live: bool) -> tuple[list[Path], list[Path]]:
    """Return the files and folders of conversations and of sentences. Raise `SettingsError`."""
    conversations = list(filter(None, [options.cases]))
    sentences = list(filter(None, [options.sentences]))
    if options.write and (is_live or conversations or sentences):
        raise SettingsError("the README's table is the offline model's on all conversations: OFFLINE=1, and no files")
    if conversations or sentences:
        return conversations, sentences
    # Each sentence costs a request to a real model, so there they are run only when they are named.
    return [CONVERSATIONS], [] if is_live else [EVALS / name for name in SENTENCES]


def _converse(
    paths: Sequence[Path], options: argparse.Namespace, variables: Mapping[str, str], settings: Settings
) -> bool:
    """Run conversations and print their report. Return whether nothing in it needs attention."""
    if not paths:
        return True
    cases = read_cases(paths[0], datetime.now(UTC).date())
    times = 1 if settings.model_source == "offline" else REPEATS
    print(f"conversations: {len(cases)}, repeats of each: {times}\n")
    evaluation = evaluate(cases, run_cases(cases, variables, times))
    print(report.as_text(evaluation, options.verbose))
    print(f"\n{report.waits(evaluation)}")
    if times > 1:
        print(report.repeats(evaluation, times))
        print(report.costs(evaluation.tokens, options.prices))
    if options.write:
        write_table(report.as_markdown(evaluation))
    return evaluation.passes(options.strict)


def _decide(paths: Sequence[Path], settings: Settings) -> bool:
    """Run sentences and print their report. Return whether they meet the aims."""
    if not paths:
        return True
    sentences: list[Sentence] = []
    for path in paths:
        sentences += read_sentences(path)
    results = asyncio.run(decide_all(open_model(settings), sentences))
    print(f"\n{sentence_report.as_text(results)}")
    return sentence_report.meets_aims(results)


def model_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return those of the app's variables that say which model answers."""
    return {name: value for name, value in environment.items() if name.startswith(_MODEL_VARIABLES)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make eval", description="Evaluate the app on conversations and sentences.")
    parser.add_argument("--cases", type=Path, metavar="PATH", help="a file or folder of conversations of your own")
    parser.add_argument("--sentences", type=Path, metavar="PATH", help="a file or folder of sentences of your own")
    parser.add_argument("--offline", action="store_true", help="ask the offline model although another is configured")
    parser.add_argument("--strict", action="store_true", help="fail also for a known fault that is one no more")
    parser.add_argument("--write", action="store_true", help="write the table into the README")
    parser.add_argument("--verbose", action="store_true", help="print every conversation")
    parser.add_argument("--prices", type=_prices, metavar="SENT,RECEIVED", help="dollars per million tokens")
    return parser


def _prices(text: str) -> tuple[float, float]:
    sent, received = map(float, text.split(","))
    return sent, received


if __name__ == "__main__":
    sys.exit(main())
