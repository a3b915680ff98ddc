"""The options of a connection, as in curl: by running the command against servers and proxies."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.proxy_server import http_proxy, leading_to, socks_proxy
from tests.faults.raw_server import closed_port, raw_server, raw_unix_server
from tests.harness.http_exchange import HttpAnswer, Request
from tests.harness.process import Finished, Runner
from tests.harness.tls import Authority, client_certificate
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer

HOST = "feed.example"  # has no address
PASSWORD = "canary-7e1f"
SECRET = "canary-51c2"

DEMO = """
wscli: 1
name: demo
options:
  token: {secret: true, required: true, env: WSCLI_DEMO_TOKEN}
  server: {default: "http://feed.example:8123"}
bootstrap:
  - request: "POST ${server}/login"
    headers: {Authorization: "Bearer ${token}"}
    capture: {ticket: .ticket}
    examples: [{ticket: t}]
connect: {url: "${server}/ws", query: {ticket: "${ticket}"}}
messages: {text: {match: {text: {$exists: true}}, examples: [{text: hello}]}}
"""


def greet(client: Connection) -> None:
    client.accept()
    client.send_text('{"text":"hello"}')
    client.wait_closed()


def login(request: Request) -> HttpAnswer:
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    return 200, {"Content-Type": "application/json"}, b'{"ticket": "t-1"}'


@pytest.fixture
def plain() -> Iterator[WsServer]:
    with WsServer(greet, http=login) as server:
        yield server


@pytest.fixture
def secure(authority: Authority) -> Iterator[WsServer]:
    with WsServer(greet, http=login, tls=authority.server_context(HOST)) as server:
        yield server


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    path = tmp_path / "demo.yaml"
    path.write_text(DEMO)
    return path


def first(wscli: Runner, *arguments: str | Path, **variables: str) -> Finished:
    """Follow a stream until its first message."""
    done = wscli.run("tail", *arguments, "-n1", "--timeout", "10s", env=variables)
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
    assert SECRET not in done.stderr
    return done


def assert_greeted(done: Finished) -> None:
    assert (done.returncode, done.stdout) == (0, b'{"text":"hello"}\n'), done.stderr


# ---- Unix sockets ----


def test_everything_of_a_profile_goes_to_the_unix_socket(
    wscli: Runner, demo: Path, plain: WsServer, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    with raw_unix_server(leading_to(plain.port), path):
        done = first(wscli, demo, "--unix-socket", path, "-v", WSCLI_DEMO_TOKEN=SECRET)
    assert_greeted(done)
    assert f"the connection goes through the Unix socket {path}" in done.stderr
    assert [request.headers["Host"] for request in plain.requests] == [f"{HOST}:8123"] * 2
    assert plain.requests[1].query == {"ticket": "t-1"}


def test_a_unix_socket_that_is_not_there_is_no_wrong_usage(wscli: Runner, tmp_path: Path) -> None:
    done = first(wscli, f"ws://{HOST}", "--unix-socket", tmp_path / "none")
    assert done.returncode == 3
    assert f"at the Unix socket {tmp_path}/none: there is no such socket" in done.stderr
    assert "--max-reconnects N tries again" in done.stderr


# ---- addresses ----


def test_a_given_address_is_used_for_requests_and_stream_and_the_name_stays(
    wscli: Runner, demo: Path, secure: WsServer, authority: Authority
) -> None:
    done = first(
        wscli,
        demo,
        "--server",
        f"https://{HOST}:{secure.port}",
        "--resolve",
        f"FEED.example:{secure.port}:[::1],127.0.0.1",
        "--cacert",
        authority.pem,
        WSCLI_DEMO_TOKEN=SECRET,
    )
    assert_greeted(done)
    assert [request.headers["Host"] for request in secure.requests] == [f"{HOST}:{secure.port}"] * 2


def test_a_secret_does_not_follow_this_machines_name_to_another_in_clear_text(
    wscli: Runner, demo: Path
) -> None:
    for options in (["--resolve", "*:81:192.0.2.1"], ["-x", "http://192.0.2.1:3128"]):
        done = first(
            wscli, demo, "--server", "http://localhost:81", *options, WSCLI_DEMO_TOKEN=SECRET
        )
        assert done.returncode == 3
        assert "a secret would go to localhost in clear text, so nothing was sent" in done.stderr


# ---- proxies ----


@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
def test_requests_and_stream_go_through_the_proxy(
    kind: str, wscli: Runner, demo: Path, secure: WsServer, authority: Authority
) -> None:
    login_of = f"me:{PASSWORD}"
    if kind == "socks5h":
        made = socks_proxy(secure.port, login=login_of)
    else:
        context = authority.server_context("localhost") if kind == "https" else None
        made = http_proxy(secure.port, login=login_of, tls=context)
    with made as proxy:
        done = first(
            wscli,
            demo,
            "--server",
            f"https://{HOST}",
            "-v",
            "--cacert",
            authority.pem,
            WSCLI_DEMO_TOKEN=SECRET,
            https_proxy=f"{kind}://{login_of}@localhost:{proxy.port}",
        )
    assert_greeted(done)
    told = f"the connection goes through the proxy localhost:{proxy.port} of $https_proxy"
    assert told in done.stderr
    assert len(proxy.asked) == 2
    assert all(HOST in asked and SECRET not in asked for asked in proxy.asked)
    assert all("Proxy-Authorization" not in request.headers for request in secure.requests)


def test_a_proxy_that_is_given_goes_before_the_environments(wscli: Runner, plain: WsServer) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    with http_proxy(plain.port) as proxy:
        options = ["-x", f"127.0.0.1:{proxy.port}"]  # without a scheme it is http
        assert_greeted(first(wscli, f"ws://{HOST}", *options, all_proxy=nowhere))
        assert_greeted(first(wscli, plain.url, *options))  # this machine too, where it is given
    assert len(proxy.asked) == 2


def test_there_is_no_proxy_where_the_user_says_so(wscli: Runner, plain: WsServer) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    url, resolve = f"ws://{HOST}:{plain.port}", ["--resolve", f"*:{plain.port}:127.0.0.1"]
    done = first(wscli, url, *resolve, all_proxy=nowhere)
    assert done.returncode == 3
    assert "of $all_proxy: connection refused" in done.stderr
    assert_greeted(first(wscli, url, *resolve, "--proxy", "", all_proxy=nowhere))
    assert_greeted(first(wscli, url, *resolve, "--noproxy", "example", all_proxy=nowhere))
    assert_greeted(first(wscli, url, *resolve, all_proxy=nowhere, no_proxy="feed.example"))
    assert_greeted(first(wscli, plain.url, all_proxy=nowhere))  # this machine needs none


@pytest.mark.parametrize("kind", ["http", "socks5h"])
def test_a_wrong_password_is_told_without_it(kind: str, wscli: Runner, plain: WsServer) -> None:
    make = socks_proxy if kind == "socks5h" else http_proxy
    with make(plain.port, login="me:other") as proxy:
        url = f"{kind}://me:{PASSWORD}@127.0.0.1:{proxy.port}"
        done = first(wscli, f"ws://{HOST}", "-v", "-x", url)
    assert done.returncode == 3
    assert "does not accept the user and the password" in done.stderr.replace("It ", "it ")
    assert "other users of this machine can see the password in --proxy" in done.stderr


def test_what_a_proxy_says_cannot_touch_the_terminal(wscli: Runner) -> None:
    def hostile(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(b"HTTP/1.1 503 \x1b[31m\x9b5m[/red]\r\n\r\n")

    with raw_server(hostile) as port:
        done = first(wscli, f"ws://{HOST}", "-x", f"http://127.0.0.1:{port}")
    assert done.returncode == 3
    assert "\x1b" not in done.stderr
    assert r"answered HTTP 503 \x1b[31m" in done.stderr


def test_a_refusal_of_the_proxy_is_not_one_of_the_provider(wscli: Runner, plain: WsServer) -> None:
    with http_proxy(plain.port, login="me:other") as proxy:
        done = first(wscli, f"ws://{HOST}", "-x", f"http://127.0.0.1:{proxy.port}")
    assert done.returncode == 3
    assert "answered HTTP 407 Proxy Authentication Required" in done.stderr
    assert not plain.requests


# ---- client certificates ----


@pytest.fixture
def demanding(authority: Authority, tmp_path: Path) -> Iterator[tuple[WsServer, str, str]]:
    """A server that lets nobody in without a certificate, and one that it accepts."""
    maker, cert, key = client_certificate(tmp_path)
    context = authority.server_context(HOST)
    maker.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with WsServer(greet, tls=context) as server:
        yield server, cert, key


def test_a_certificate_is_shown_from_one_file_or_two(
    wscli: Runner,
    authority: Authority,
    demanding: tuple[WsServer, str, str],
    tmp_path: Path,
) -> None:
    server, cert, key = demanding
    both = tmp_path / "both.pem"
    both.write_bytes(Path(cert).read_bytes() + Path(key).read_bytes())
    options: list[str | Path] = [f"wss://{HOST}:{server.port}", "--cacert", authority.pem]
    options += ["--resolve", f"{HOST}:{server.port}:127.0.0.1"]
    assert_greeted(first(wscli, *options, "--cert", cert, "--key", key))
    assert_greeted(first(wscli, *options, "--cert", both))
    done = first(wscli, *options)
    assert done.returncode == 3
    assert "certificate required" in done.stderr
    assert "name your certificate with --cert FILE" in done.stderr


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def test_certificates_that_cannot_be_used_are_wrong_usage(wscli: Runner, tmp_path: Path) -> None:
    _, cert, key = client_certificate(tmp_path)
    (other := tmp_path / "other").mkdir()
    _, _, other_key = client_certificate(other)
    nonsense, encrypted, der = (tmp_path / name for name in ("nonsense", "encrypted", "der"))
    nonsense.write_text("nonsense")
    broken = tmp_path / "broken"
    broken.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    openssl("pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", encrypted)
    openssl("x509", "-in", cert, "-outform", "der", "-out", der)
    hidden = tmp_path / "loop"
    hidden.symlink_to(hidden)
    for options, words in (
        (["--key", key], "--key needs --cert."),
        (["--cert", "none.pem"], "--cert: there is no file none.pem."),
        (["--cert", tmp_path], f"--cert: {tmp_path} is no regular file."),
        (["--cert", hidden], f"--cert: {hidden} cannot be read: too many levels"),
        (["--cert", nonsense], f"--cert: {nonsense} holds no certificate in PEM form."),
        (["--cert", der], "openssl x509 -inform der"),
        (["--cert", cert], f"--cert: {cert} holds no private key in PEM form. Name the file"),
        (["--cert", cert, "--key", "none.pem"], "--key: there is no file none.pem."),
        (["--cert", cert, "--key", nonsense], "--key: "),
        (["--cert", cert, "--key", encrypted], "is encrypted, which is not supported."),
        (["--cert", cert, "--key", other_key], "is not the key of the certificate in"),
        (["--cert", broken, "--key", key], "cannot be used ("),
    ):
        done = wscli.run("tail", f"wss://{HOST}", *options)
        assert (done.returncode, done.stdout) == (2, b""), options
        assert words in done.stderr
        assert done.stderr.startswith("wscli: ")
        assert done.stderr.count("\n") == 1


# ---- wrong usage ----


def test_what_makes_no_sense_together_is_wrong_usage(wscli: Runner, tmp_path: Path) -> None:
    long = "x" * 108
    (tmp_path / "file").write_text("")
    for options, words in (
        (["--unix-socket", "s", "-x", "http://p"], "--unix-socket and --proxy contradict"),
        (["--simulate", "--unix-socket", "s"], "--simulate and --unix-socket contradict"),
        (["--simulate", "-x", "http://p"], "--simulate and --proxy contradict each other."),
        (["--simulate", "--resolve", "a:1:::1"], "--simulate and --resolve contradict"),
        (["--unix-socket", ""], "--unix-socket: the path is empty."),
        (["--unix-socket", long], "--unix-socket: the path is longer than 107 bytes"),
        (["--unix-socket", "file"], "--unix-socket: file is no socket."),
        (["--resolve", "x"], "--resolve: 'x' cannot be read, write HOST:PORT:ADDRESS"),
        (["--resolve", "+a:1:::1"], "curl's prefixes + and - mean nothing here"),
        (["-x", f"socks4://me:{PASSWORD}@p"], "--proxy: a proxy of the kind socks4:// is not"),
        (["-x", f"http://me:{PASSWORD}/@p"], "--proxy: it cannot be read: "),
    ):
        done = wscli.run("tail", "pegana", *options)
        assert (done.returncode, done.stdout) == (2, b""), options
        assert words in done.stderr
        assert PASSWORD not in done.stderr
        assert done.stderr.count("\n") == 1


def test_an_empty_proxy_contradicts_nothing(wscli: Runner, tmp_path: Path) -> None:
    done = wscli.run("tail", "ws://a", "-x", "", "--unix-socket", tmp_path / "none")
    assert done.returncode == 3
    assert "there is no such socket" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="bytes that are no text")
def test_a_path_of_any_bytes_is_looked_for(wscli: Runner) -> None:
    done = wscli.run("tail", "ws://a", "--unix-socket", os.fsdecode(b"\xff\x1b"))
    assert done.returncode == 3
    assert "there is no such socket" in done.stderr
    assert "\x1b" not in done.stderr
