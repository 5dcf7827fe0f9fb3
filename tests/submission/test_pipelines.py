"""The step at the end of a pipeline: its script is run by bash against a server, and its commands are ours."""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from embla.cli import build
from embla.platform import House
from tests.house.test_docs import PROJECT
from tests.submission.test_http import make_token
from tests.submission.test_transfer import serving
from tests.support.laboratory import SITE, write_gvcf

PIPELINES = PROJECT / "deploy" / "pipelines"
SCRIPT = PIPELINES / "embla-report.sh"


SNAKEMAKE, NEXTFLOW = shutil.which("snakemake"), shutil.which("nextflow")


def run(
    folder: Path, house: House, url: str, token: str, tool: Sequence[str] = (), **more: str
) -> "subprocess.CompletedProcess[str]":
    binary = folder / "bin"
    binary.mkdir(exist_ok=True)
    (binary / "embla").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m embla "$@"\n')
    (binary / "embla").chmod(0o755)
    surroundings = {
        "PATH": f"{binary}:{os.environ['PATH']}", "PYTHONPATH": str(PROJECT / "src"),
        "EMBLA_HOME": str(folder / "none"),
        "EMBLA_LAB": "north", "EMBLA_GROUP": "heart", "EMBLA_SERVER": url, "EMBLA_TOKEN": token,
        "EMBLA_INIT": "--opened 2026-01-12", **more,
    }  # fmt: skip
    words = ["bash", str(SCRIPT), str(folder / "sheet.csv"), "calls/{sample}.g.vcf", str(folder / "report")]
    if tool:
        surroundings["PATH"] = f"{PIPELINES}:{surroundings['PATH']}"
        surroundings["HOME"] = surroundings["XDG_CACHE_HOME"] = str(folder)
        words = list(tool)
    return subprocess.run(
        words, env=surroundings, cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )  # fmt: skip


def write_run(folder: Path, *patients: str) -> None:
    (folder / "reads").mkdir(parents=True)
    rows = ["patient,sex,status,sample,lane,fastq_1,fastq_2"]
    for n, patient in enumerate(patients):
        write_gvcf(
            folder / "calls" / f"{patient}-S.g.vcf", f"{patient}-S", [("chr21", SITE[1] + 5 * n, "A", "G", "0/1")]
        )
        for read in (1, 2):
            reads = f"@A00:12:HXX2CALXX:1:{n}\nACGT\n+\nFFFF\n".encode()
            (folder / "reads" / f"{patient}_{read}.fastq.gz").write_bytes(gzip.compress(reads))
        rows.append(f"{patient},NA,0,{patient}-S,L001,reads/{patient}_1.fastq.gz,reads/{patient}_2.fastq.gz")
    (folder / "sheet.csv").write_text("\n".join(rows) + "\n")


def test_report__a_finished_run_is_reported_without_a_hand(tmp_path: Path, house: House) -> None:
    write_run(tmp_path, "P1")
    with serving(house) as port:
        told = run(tmp_path, house, f"http://127.0.0.1:{port}", make_token(house))

    assert told.returncode == 0, told.stderr
    (line,) = [json.loads(line) for line in (tmp_path / "report" / "outcome.jsonl").read_text().splitlines()]
    assert (line["package"], line["state"], len(line["genomes"])) == ("P1", "accepted", 1)
    (certificate,) = (tmp_path / "report").glob("S*.certificate.json")
    assert "deposit-certificate" in certificate.read_text()


@pytest.mark.deep
def test_report__after_a_server_that_was_away_goes_on_and_again_changes_nothing(tmp_path: Path, house: House) -> None:
    write_run(tmp_path, "P1", "P2")
    token, outcome = make_token(house), tmp_path / "report" / "outcome.jsonl"
    with serving(house) as port:
        away = run(tmp_path, house, "http://127.0.0.1:1", token)
        first = run(tmp_path, house, f"http://127.0.0.1:{port}", token)
        before = sorted(outcome.read_text().splitlines())
        again = run(tmp_path, house, f"http://127.0.0.1:{port}", token)

    assert away.returncode != 0 and len(before) == 2
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert sorted(outcome.read_text().splitlines()) == before


@pytest.mark.skipif(SNAKEMAKE is None, reason="snakemake is not on the PATH; the rule's command is run by bash alone.")
def test_snakemake__runs_the_rule_after_the_calls_and_again_does_nothing(tmp_path: Path, house: House) -> None:
    write_run(tmp_path, "P1")
    settings = {
        "lab": "north", "group": "heart", "sheet": "sheet.csv", "calls": "calls/{sample}.g.vcf",
        "finished": ["calls/P1-S.g.vcf"],
    }  # fmt: skip
    words = [str(SNAKEMAKE), "--snakefile", str(tmp_path / "Snakefile"), "--cores", "1", "--nocolor", "embla_report"]
    with serving(house) as port:
        settings["server"] = f"http://127.0.0.1:{port}"
        (tmp_path / "Snakefile").write_text(
            f"config = {{'embla': {settings!r}}}\ninclude: {str(PIPELINES / 'snakemake' / 'embla.smk')!r}\n"
        )
        token = make_token(house)
        first, again = (run(tmp_path, house, settings["server"], token, words) for _ in range(2))

    assert first.returncode == 0, first.stdout + first.stderr
    (line,) = (tmp_path / "results" / "embla" / "outcome.jsonl").read_text().splitlines()
    assert json.loads(line)["state"] == "accepted"
    assert again.returncode == 0 and "Nothing to be done" in again.stdout + again.stderr


@pytest.mark.skipif(NEXTFLOW is None, reason="nextflow is not on the PATH; the process's command is run by bash alone.")
def test_nextflow__runs_the_process(tmp_path: Path, house: House) -> None:
    write_run(tmp_path, "P1")
    module = PIPELINES / "nextflow" / "main.nf"
    (tmp_path / "main.nf").write_text(
        f"include {{ EMBLA_REPORT }} from '{module}'\n"
        f"workflow {{ EMBLA_REPORT(file('sheet.csv'), '{tmp_path}/calls/{{sample}}.g.vcf', Channel.of(1)) }}\n"
    )
    words = [str(NEXTFLOW), "run", "main.nf", "--embla_lab", "north", "--embla_group", "heart", "--outdir", "out"]
    with serving(house) as port:
        url = f"http://127.0.0.1:{port}"
        told = run(tmp_path, house, url, make_token(house), [*words, "--embla_server", url])

    assert told.returncode == 0, told.stdout + told.stderr
    assert (tmp_path / "out" / "embla" / "outcome.jsonl").exists()


def test_report__a_run_with_faults_sends_nothing_and_says_where(tmp_path: Path, house: House) -> None:
    write_run(tmp_path, "P1", "P2")
    (tmp_path / "sheet.csv").write_text((tmp_path / "sheet.csv").read_text().replace("P2-S", "P9-S"))

    told = run(tmp_path, house, "http://127.0.0.1:1", "none")

    assert told.returncode == 1 and "P9-S" in (tmp_path / "report" / "init.jsonl").read_text()


def test_scripts__name_commands_and_options_that_there_are() -> None:
    text = SCRIPT.read_text().replace("\\\n", " ")
    found = re.findall(r"^\s*embla (submission \w+) (.*)$", text, re.M)
    assert {words for words, _ in found} == {
        "submission init", "submission check", "submission send", "submission certificate",
    }  # fmt: skip
    for words, rest in found:
        command = build(everything=True)
        for word in words.split():
            command = command.commands[word]  # type: ignore[attr-defined]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--?[a-z-]+", rest)) <= options, words


@pytest.mark.parametrize("path", ["nextflow/main.nf", "snakemake/embla.smk"])
def test_modules__call_the_script_with_its_three_words(path: str) -> None:
    (call,) = re.findall(r"^ *embla-report\.sh (.*)$", (PIPELINES / path).read_text(), re.M)

    assert len(shlex.split(call)) == 3
    assert "EMBLA_LAB=" in (PIPELINES / path).read_text() and "EMBLA_TOKEN" in (PIPELINES / path).read_text()
