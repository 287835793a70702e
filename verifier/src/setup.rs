//! What a new ledger is made with.

use crate::context::authority;
use crate::epoch::{Opening, Term, write_certificate, write_checkpoint};
use crate::keys::Keys;
use crate::store::ledger::{BALANCE_MAX, FEES, ISSUER};
use crate::store::{OpenError, int, invites};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::{FeeSchedule, Terms};
use farthing_protocol::id::{AccountId, Counter, Digest, Epoch, FeeVersion, Seq};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::limits::{AMOUNT_MAX, LINK_HOST_MAX, URL_MAX};
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::time::Time;
use rusqlite::{Connection, params};

/// How far down the issuer may go unless the operator says otherwise: a thousand of the largest amounts.
pub const ISSUER_LIMIT: u64 = AMOUNT_MAX * 1000;

/// Accounts that an open verifier opens without an invite in 24 hours, unless the operator says otherwise: a busy market
/// day, and a bound on what strangers can drain of the issuer's limit before somebody looks.
pub const OPEN_PER_DAY: u32 = 1_000;

/// What `init` decides once.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where wallets reach the verifier; `https`, or `http` on loopback.
    pub url: String,
    /// Where `run` listens.
    pub listen: String,
    /// TLS certificate and key (PEM files), for `run`.
    pub tls: Option<(String, String)>,
    /// Assets and fees. Any order; each code once.
    pub terms: Vec<Terms>,
    /// How many units of each asset may be issued; [`ISSUER_LIMIT`] where an asset is not listed.
    pub issuer_limits: Vec<(Asset, u64)>,
    /// Whether accounts are opened without an invite.
    pub open: bool,
    /// How many accounts are opened without an invite in 24 hours of ledger time; 0 is no cap.
    pub open_per_day: u32,
    /// What each account gets that comes without an invite.
    pub grants: Vec<Amount>,
}

impl Setup {
    /// An open verifier with one asset, without fees, at `url`: for tests and simulations.
    #[must_use]
    pub fn open(url: &str, asset: Asset, grant: u64) -> Self {
        Self {
            url: url.to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            tls: None,
            terms: vec![Terms { asset, flat: 0, bps: 0 }],
            issuer_limits: Vec::new(),
            open: true,
            open_per_day: OPEN_PER_DAY,
            grants: Amount::new(grant, asset).into_iter().filter(|amount| !amount.is_zero()).collect(),
        }
    }
}

/// Writes everything that a ledger has from the first day, in one transaction.
pub(crate) fn write(
    db: &mut Connection,
    setup: &Setup,
    root: &Ed25519Key,
    keys: &Keys,
    time: Time,
) -> Result<(), OpenError> {
    check_url(&setup.url)?;
    let verifier = root.public().verifier_id();
    let (epoch, first_seq) = (Epoch::new(1), Seq::new(1));
    let tx = db.transaction()?;
    let checkpoint = write_checkpoint(&tx, keys, Opening { verifier, epoch, first_seq, previous: None, time })?;
    write_certificate(&tx, root, keys, &Term { serial: Counter::new(1), epoch, first_seq, since: time }, time)?;
    tx.execute(
        "INSERT INTO ledger (one, verifier, url, listen, tls_certificate, tls_key, open, epoch, epoch_opened_ms, checkpoint, seq, time_ms,
           open_per_day)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, 0, ?7, ?9)",
        params![
            verifier.as_bytes(),
            setup.url,
            setup.listen,
            setup.tls.as_ref().map(|(certificate, _)| certificate),
            setup.tls.as_ref().map(|(_, key)| key),
            setup.open,
            int(time.as_ms()),
            checkpoint.hash().as_bytes(),
            setup.open_per_day,
        ],
    )?;
    for (number, name) in [(ISSUER, b"farthing/1/issuer"), (FEES, b"farthing/1/fees  ")] {
        tx.execute(
            "INSERT INTO accounts (number, id, role, opened_ms) VALUES (?1, ?2, ?1, ?3)",
            params![number, AccountId::new(Digest::of(name.trim_ascii_end()).first_16()).as_bytes(), int(time.as_ms())],
        )?;
    }
    write_assets(&tx, setup)?;
    write_fees(&tx, &fee_schedule(&setup.terms, verifier, FeeVersion::new(1), time, keys)?)?;
    Ok(tx.commit()?)
}

/// Refuses what is no verifier's URL, or leaves no room in the links that payees show (chapter 6.5).
pub(crate) fn check_url(url: &str) -> Result<(), OpenError> {
    if authority(url).is_none() || url.len() > URL_MAX {
        return Err(OpenError::Setup("the URL must be https, or http on this machine, without a path"));
    }
    // The port that stands for 0 has up to five digits.
    let port = if url.ends_with(":0") { "65535".len() - "0".len() } else { 0 };
    let after_scheme = url.split_once("://").map_or(0, |(_, rest)| rest.len());
    if after_scheme + port > LINK_HOST_MAX {
        return Err(OpenError::Setup(
            "the URL is too long: the part after :// has at most 49 characters, or request links do not fit into their QR codes",
        ));
    }
    Ok(())
}

fn write_assets(db: &Connection, setup: &Setup) -> Result<(), OpenError> {
    invites::insert_open_door(db)?;
    for terms in &setup.terms {
        let asset = terms.asset;
        let number = db
            .prepare("INSERT INTO assets (code, scale) VALUES (?1, ?2)")?
            .insert(params![asset.code.as_str(), asset.scale()])?;
        let limit = setup.issuer_limits.iter().find(|(of, _)| *of == asset).map_or(ISSUER_LIMIT, |(_, limit)| *limit);
        if i128::from(limit) > BALANCE_MAX {
            return Err(OpenError::Setup("an issuer limit is at most 9,000 times the largest amount"));
        }
        db.execute(
            "INSERT INTO balances (account, asset, balance, floor) VALUES (?1, ?2, 0, ?3)",
            params![ISSUER, number, -int(limit)],
        )?;
        if let Some(grant) = setup.grants.iter().find(|grant| grant.asset() == asset) {
            invites::insert_grant(db, invites::OPEN_DOOR, number, grant.value())?;
        }
    }
    let known = |asset: Asset| setup.terms.iter().any(|terms| terms.asset == asset);
    if setup.grants.iter().all(|grant| known(grant.asset())) {
        Ok(())
    } else {
        Err(OpenError::Setup("a grant is in an asset that the verifier does not have"))
    }
}

/// A signed schedule of the terms.
pub(crate) fn fee_schedule(
    terms: &[Terms],
    verifier: farthing_protocol::id::VerifierId,
    version: FeeVersion,
    time: Time,
    keys: &Keys,
) -> Result<Signed<FeeSchedule>, OpenError> {
    let mut terms = terms.to_vec();
    terms.sort_by_key(|row| row.asset.code);
    let schedule = FeeSchedule { version: V1, verifier, fee_version: version, since: time, terms };
    farthing_protocol::cose::Object::check(&schedule)
        .map_err(|_| OpenError::Setup("a verifier has 1 to 32 assets, each once"))?;
    Ok(Signed::sign(schedule, keys.signing())?)
}

pub(crate) fn write_fees(db: &Connection, schedule: &Signed<FeeSchedule>) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO fee_schedules (version, signed) VALUES (?1, ?2)",
        params![int(schedule.claims().fee_version.get()), schedule.bytes()],
    )
    .map(drop)
}
