//! Families of worlds: the same people, network and machines, each with acts and laws of its own.
//!
//! A world is played by a seed and a family. Every family pays and asks for money; what else happens is its own, and it
//! has a *key event*: a family whose key event never happens over its seeds holds no law at all, and fails.
//!
//! A seed replays exactly, with one exception that the trace leaves out: Olm's sessions draw randomness of their own, so that
//! the bytes of messages differ from run to run. Their lengths do not, nothing is decided by them, and everything else, the
//! keys of Olm's accounts included, comes from the seed. See `draws_its_own` in `network.rs`.

/// What a world is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Everything at once.
    Storm,
    /// Two people pay each other.
    Payments,
    /// Wallets are killed while their accounts are opened, and a third person wants a name that is taken.
    Enrolment,
    /// People meet, with a relay that alters and a photographer who races.
    Pairing,
    /// One account on two phones, one of which revokes the other.
    Devices,
    /// A phone is lost, and the account restored on another; the lost one goes on trying.
    Restore,
    /// A wallet's memory is copied, and both copies are used.
    Copies,
    /// The verifier's disk is lost, and it is restored from a backup.
    Verifier,
    /// People keep tabs for days, and everything goes wrong as in a storm.
    Tabs,
    /// People pay each other without network, for days, and some put a whole phone back; everything goes wrong as in a storm.
    Cellar,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Storm,
        Self::Payments,
        Self::Enrolment,
        Self::Pairing,
        Self::Devices,
        Self::Restore,
        Self::Copies,
        Self::Verifier,
        Self::Tabs,
        Self::Cellar,
    ];

    /// As it is named on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Storm => "storm",
            Self::Payments => "payments",
            Self::Enrolment => "enrolment",
            Self::Pairing => "pairing",
            Self::Devices => "devices",
            Self::Restore => "restore",
            Self::Copies => "copies",
            Self::Verifier => "verifier",
            Self::Tabs => "tabs",
            Self::Cellar => "cellar",
        }
    }

    /// True when nights lie between its busy minutes.
    pub(crate) const fn lasts_days(self) -> bool {
        matches!(self, Self::Tabs | Self::Cellar)
    }

    /// The family of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// What must happen in at least one of its worlds.
    #[must_use]
    pub const fn key_events(self) -> &'static str {
        match self {
            Self::Storm | Self::Payments => "payments settled",
            Self::Enrolment => "enrolments killed or begun anew",
            Self::Pairing => "contacts verified",
            Self::Devices => "devices revoked by another",
            Self::Restore => "accounts restored",
            Self::Copies => "copies that learned of another",
            Self::Verifier => "losses accepted",
            Self::Tabs => "claims applied",
            Self::Cellar => "payments without network claimed",
        }
    }
}
