//! The real program, killed at each named point: afterwards the same bytes get an answer, and nothing is doubled.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{ClaimedPrekey, DevicesBody, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, OrderBody};
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::OlmKey;
use farthing_protocol::offline::AllowanceId;
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::time::Span;
use farthing_verifier::crash::POINTS;
use farthing_verifier::server::now;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use support::allowances::Phone;
use support::{Rng, Wallet, World, bytes};

const PROGRAM: &str = env!("CARGO_BIN_EXE_farthing-verifier");

struct Running(Child, String);

impl Running {
    fn start(data: &Path, crash: Option<(&str, &Path)>) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--json", "--data"]).arg(data).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some((point, log)) = crash {
            command.env("FARTHING_CRASH_POINT", point).env("FARTHING_CRASH_LOG", log);
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        Self(child, said["address"].as_str().unwrap().to_owned())
    }

    /// The reply; nothing when the server died over it.
    fn post(&self, path: &str, media: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.1).ok()?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).ok()?;
        let split = reply.windows(4).position(|w| w == b"\r\n\r\n")?;
        let status = String::from_utf8_lossy(&reply[..split]).split(' ').nth(1)?.parse().ok()?;
        Some((status, reply[split + 4..].to_vec()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn killed_at_each_point_nothing_is_lost_or_doubled() {
    for point in POINTS {
        let folder = tempfile::tempdir().unwrap();
        let (data, log) = (folder.path().join("v"), folder.path().join("hits"));
        let init = Command::new(PROGRAM)
            .args(["init", "--json", "--open", "--grant", "20 USD", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let said: serde_json::Value = serde_json::from_slice(&init.stdout).unwrap();
        let verifier = VerifierId::from_hex(said["verifier"].as_str().unwrap()).unwrap();
        let mut rng = Rng(1);
        let mut wallet = |name: &str| Wallet::new(name, verifier, Scope::full(), None, now().wall, &mut rng);
        let (ada, mut bob) = (wallet("ada"), wallet("bob"));
        let (mut world, wall) = (World::new(), now().wall);
        (world.id, world.now) = (verifier, now());
        let bound = bob.bind(verifier, None, wall, wall.plus(Span::from_h(1)), &mut rng);
        let order = world.order(&ada, &bound, 5);
        let phone = bob.phone(verifier, Scope::full(), 2, wall, &mut rng);
        let devices = DevicesBody {
            list: bob.list(verifier, 3, &[&phone], wall),
            certificates: vec![phone.enrolment.certificate.clone()],
            handles: Some(phone.register(phone.header(verifier, wall, &mut rng))),
        };
        let mut header = |of: &Wallet| of.header(verifier, wall, &mut rng);
        let [first, fallback] = [1, 2].map(|n| OlmKey::new([n; 32]));
        let prekeys = phone.act(Prekeys::new(header(&phone), vec![first], fallback)).into_vec();
        let claim = ada.act(PrekeyClaim::new(header(&ada), phone.account_id(), phone.device())).into_vec();
        // Its keys are none of the wallets'.
        world.rng = Rng(1 << 32);
        let (allowance, key) = world.allowance_order(&ada, 1_000);
        let allowance = Signed::sign(allowance, &ada.act).unwrap();
        let mine = Phone {
            id: AllowanceId::of(&allowance),
            key,
            signed: Vec::new(),
            seq: 0,
            total: 0,
            to: Default::default(),
        };
        let request = world.ask(&phone, 10);
        let voucher = mine.first(&request);
        let offline = world.offline_claim(&phone, &voucher, &request).into_vec();
        let allowance = OrderBody { order: bytes(allowance.bytes()), bundle: None, code: None }.encode();
        let calls = [
            ("/v1/enrolments", MEDIA_CBOR, ada.enrolment.encode(), 204),
            ("/v1/enrolments", MEDIA_CBOR, bob.enrolment.encode(), 204),
            ("/v1/requests", MEDIA_CBOR, bound.body.encode(), 204),
            ("/v1/orders", MEDIA_ORDER, ada.sign(order).encode(), 200),
            ("/v1/devices", MEDIA_CBOR, devices.encode(), 200),
            ("/v1/prekeys", MEDIA_COSE, prekeys, 204),
            ("/v1/claims", MEDIA_COSE, claim, 200),
            ("/v1/messages", MEDIA_CBOR, ada.message(header(&ada), &phone, &[7; 256]), 204),
            ("/v1/allowances", MEDIA_ORDER, allowance, 200),
            ("/v1/allowances/claims", MEDIA_COSE, offline, 200),
        ];
        let (mut server, mut kills) = (Running::start(&data, Some((point, &log))), 0);
        for (path, media, body, expected) in &calls {
            let reply = server.post(path, media, body).unwrap_or_else(|| {
                // Once killed, the next call of the same kind dies too, until every step was hit once.
                kills += 1;
                // The connection closes before the process is gone, and its lock with it.
                let _ = server.0.wait();
                server = Running::start(&data, None);
                let reply = server.post(path, media, body).unwrap();
                server = Running::start_after(&data, point, &log, &mut server);
                reply
            });
            assert_eq!(reply.0, *expected, "{point} {path}");
            if *path == "/v1/claims" {
                let claimed = ClaimedPrekey::decode(&reply.1).unwrap();
                assert_eq!(claimed.index, Some(0), "{point}: given away once, to who asked again");
            }
        }
        assert!(kills > 0, "{point} was never hit");
        assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), kills, "{point}");
        let last = Running::start_after(&data, "none", &log, &mut server);
        let (path, media, body, _) = &calls[3];
        assert_eq!(last.post(path, media, body).unwrap().0, 200);
        drop(last);
        let ledger = rusqlite::Connection::open(data.join("ledger.db")).unwrap();
        let once =
            |table: &str| ledger.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
        let once = ["lists", "claims", "messages", "allowances", "offline_claims"].map(|table| once(table).unwrap());
        assert_eq!(once, [1; 5], "{point}");
        drop(ledger);
        let audit = Command::new(PROGRAM).args(["audit", "--json", "--data"]).arg(&data).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&audit.stdout).unwrap();
        assert_eq!((report["orders"].as_u64(), report["sums"]["USD"].as_str()), (Some(1), Some("0")), "{point}");
    }
}

impl Running {
    /// Ends one server and starts the next in its folder.
    fn start_after(data: &Path, point: &str, log: &Path, before: &mut Self) -> Self {
        let _ = before.0.kill();
        let _ = before.0.wait();
        Self::start(data, Some((point, log)))
    }
}

#[test]
fn a_signal_drains_and_exit_codes_hold() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    let run = |arguments: &[&str]| {
        let out = Command::new(PROGRAM).args(arguments).args(["--json", "--data"]).arg(&data).output().unwrap();
        let (code, stdout) = (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap());
        let stderr = String::from_utf8(out.stderr).unwrap();
        if code != 0 {
            assert!(stdout.is_empty(), "{stdout}");
            let error: serde_json::Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
            assert!(error["error"]["message"].is_string());
        }
        code
    };
    assert_eq!(run(&["audit"]), 2, "no ledger yet");
    assert_eq!(run(&["init", "--asset", "XXXX"]), 2);
    assert_eq!(run(&["init", "--grant", "1 USD"]), 2, "a grant needs --open");
    assert_eq!(run(&["init", "--listen", "127.0.0.1:0"]), 0);
    assert_eq!(run(&["init"]), 2, "there is one already");
    let mut server = Running::start(&data, None);
    assert_eq!(run(&["run"]), 1, "in use");
    assert_eq!(run(&["invite", "--grant", "5.00 USD"]), 0);
    assert_eq!(run(&["invite", "--grant", "5.0000001 USD"]), 2);
    assert_eq!(run(&["fund", "nobody", "1 USD", "--reason", "x"]), 3);
    assert_eq!(run(&["fee", "0.10 USD + 5 bps"]), 0);
    assert_eq!(run(&["key"]), 0);
    assert_eq!(run(&["clock", "accept"]), 0);
    let backup = folder.path().join("b.db");
    assert_eq!(run(&["backup", backup.to_str().unwrap()]), 0);
    assert_eq!(run(&["backup", backup.to_str().unwrap()]), 2, "never overwrites");
    let pid = rustix::process::Pid::from_child(&server.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
    assert_eq!(run(&["audit"]), 0);
    std::fs::write(data.join("ledger.db"), vec![7; 8192]).unwrap();
    assert_eq!(run(&["audit"]), 6);
    assert_eq!(run(&["run"]), 6);
}
