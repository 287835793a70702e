//! Wallets whose payments are signed by a key outside of the process, as in a phone's hardware: over real HTTP and real files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod world;

use farthing_core::enrol::EnrolOptions;
use farthing_core::error::{Error, WalletError};
use farthing_core::keys::vault::{SecretName, VaultError};
use farthing_core::offline::{AllowanceApproval, AllowanceOutcome, AllowanceProposed, AllowanceState, AllowanceWish};
use farthing_core::payment::{Approval, Outcome, Proposal, Proposed, Said, Target};
use farthing_core::store::PaymentState;
use farthing_core::tab::{TabApproval, TabDraft, TabOutcome, TabProposed, TabTarget, TabTerms};
use farthing_core::wallet::{Clocks, SystemClocks, Wallet};
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::{Moment, Span};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use world::{Person, SECOND, World, amount, available, memo, target, terms};

/// What a phone keeps in its hardware: it signs, and gives nothing else away.
struct Hardware(SigningKey);

impl Hardware {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn public(&self) -> PublicKey {
        PublicKey::es256_from_sec1(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }

    /// As Keystore and Secure Enclave give it: DER, with an s as high as it comes.
    fn sign(&self, message: &[u8], high: bool) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        let (r, s) = signature.normalize_s().split_scalars();
        let s = if high { -s } else { s };
        let signature = Signature::from_scalars(r.to_bytes(), s.to_bytes()).unwrap();
        DerSignature::from(signature).as_bytes().to_vec()
    }
}

/// This machine's clocks, and so many seconds more.
#[derive(Clone, Default)]
struct Later(Arc<AtomicU64>);

impl Clocks for Later {
    fn now(&self) -> Moment {
        let (now, later) = (SystemClocks.now(), Span::from_s(self.0.load(Ordering::SeqCst)));
        Moment { wall: now.wall.plus(later), monotonic: Span::from_ms(now.monotonic.as_ms() + later.as_ms()) }
    }
}

struct Scene {
    world: World,
    truck: Wallet,
    person: Person,
    ann: Wallet,
    hardware: Hardware,
    later: Later,
}

impl Scene {
    async fn open() -> Self {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let (hardware, later) = (Hardware::new(9), Later::default());
        let mut person = world.place("ann");
        person.place.act = Some(hardware.public());
        person.place.clocks = Arc::new(later.clone());
        let (ann, _) = Wallet::enrol(&person.place, &world.invite, EnrolOptions::default()).await.unwrap();
        ann.sync(Span::from_ms(0)).await.unwrap();
        Self { world, truck, person, ann, hardware, later }
    }

    /// A draft of a dollar for the truck.
    async fn draft(&self) -> Approval {
        let truck = Target::Alias(self.truck.profile().alias);
        Approval::of(&self.ann.prepare(truck, Some(amount("1 USD")), memo("tacos")).await.unwrap())
    }

    async fn proposal(&self, approval: Approval) -> Proposal {
        proposal(&self.ann, approval).await
    }

    async fn pay(&self, approval: Approval) {
        let proposal = self.proposal(approval).await;
        let signature = self.hardware.sign(proposal.message(), false);
        self.ann.confirm_signed(proposal.signed(&signature).unwrap()).await.unwrap();
        let outcome = self.ann.outcome(&approval.payment(), 10 * SECOND).await.unwrap();
        assert_eq!(outcome, Outcome::Settled(approval.payment()));
    }

    fn assert_draft(&self, approval: Approval) {
        assert_eq!(self.ann.payment(&approval.payment()).unwrap().state, PaymentState::Draft);
        assert_eq!(available(&self.ann), "20.00 USD");
    }
}

async fn proposal(wallet: &Wallet, approval: Approval) -> Proposal {
    match wallet.propose(approval).await.unwrap() {
        Proposed::ToSign(proposal) => *proposal,
        Proposed::Already(id) => panic!("{id} was confirmed"),
    }
}

fn wallet_error<T: std::fmt::Debug>(result: Result<T, Error>) -> WalletError {
    match result.unwrap_err() {
        Error::Wallet(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hardware_signs_is_paid_whatever_form_its_signature_has() {
    let scene = Scene::open().await;
    assert!(!scene.ann.signs_here() && scene.truck.signs_here());
    for high in [false, true] {
        let made = scene.truck.request(terms(Some("4.50 USD"))).await.unwrap();
        let approval = Approval::of(&scene.ann.prepare(target(&made), None, memo("tacos")).await.unwrap());
        assert_eq!(wallet_error(scene.ann.confirm(approval).await), WalletError::SignsElsewhere);
        let proposal = scene.proposal(approval).await;
        let signature = scene.hardware.sign(proposal.message(), high);
        let id = scene.ann.confirm_signed(proposal.signed(&signature).unwrap()).await.unwrap();
        assert_eq!(scene.ann.outcome(&id, 10 * SECOND).await.unwrap(), Outcome::Settled(id), "s high: {high}");
        assert!(matches!(scene.ann.propose(approval).await.unwrap(), Proposed::Already(already) if already == id));
        assert_eq!(scene.ann.confirm(approval).await.unwrap(), id, "nothing is left to be signed");
    }
    scene.truck.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!((available(&scene.ann), available(&scene.truck)), ("11.00 USD".to_owned(), "29.00 USD".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_does_not_fit_leaves_the_draft() {
    let scene = Scene::open().await;
    let approval = scene.draft().await;
    let other = scene.proposal(approval).await;
    let message = scene.proposal(approval).await.message().to_vec();
    let wrong = [
        Hardware::new(8).sign(&message, false),
        scene.hardware.sign(b"something else", false),
        // The same draft, proposed once more, is another order.
        scene.hardware.sign(other.message(), false),
        vec![0; 64],
        vec![],
    ];
    for signature in wrong {
        let proposal = scene.proposal(approval).await;
        assert_eq!(wallet_error(proposal.signed(&signature)), WalletError::ApprovalUnsigned);
        scene.assert_draft(approval);
    }
    scene.pay(approval).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_the_person_decided_is_looked_at_again() {
    let scene = Scene::open().await;
    let (approval, proposal);
    {
        let truck = Target::Alias(scene.truck.profile().alias);
        let draft = scene.ann.prepare(truck, Some(amount("19.50 USD")), None).await.unwrap();
        approval = Approval::of(&draft);
        proposal = scene.proposal(approval).await;
    }
    scene.pay(scene.draft().await).await;
    let signed = |proposal: Proposal| {
        let signature = scene.hardware.sign(proposal.message(), false);
        proposal.signed(&signature).unwrap()
    };
    let refused = scene.ann.confirm_signed(signed(proposal)).await;
    assert_eq!(wallet_error(refused), WalletError::InsufficientBalance);
    assert_eq!(wallet_error(scene.ann.propose(approval).await), WalletError::InsufficientBalance);
    assert_eq!(scene.ann.payment(&approval.payment()).unwrap().state, PaymentState::Draft);

    // Discarded meanwhile.
    let approval = scene.draft().await;
    let proposal = scene.proposal(approval).await;
    scene.ann.discard(&approval.payment()).unwrap();
    assert_eq!(wallet_error(scene.ann.confirm_signed(signed(proposal)).await), WalletError::PaymentUnknown);

    // Two prompts for one draft, and both were answered with yes.
    let approval = scene.draft().await;
    let (one, two) = (scene.proposal(approval).await, scene.proposal(approval).await);
    let (one, two) = (scene.ann.confirm_signed(signed(one)), scene.ann.confirm_signed(signed(two)));
    let (one, two) = tokio::join!(one, two);
    assert_eq!(one.unwrap(), two.unwrap());
    scene.ann.outcome(&approval.payment(), 10 * SECOND).await.unwrap();
    scene.truck.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(available(&scene.truck), "22.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_too_long_is_asked_anew() {
    let scene = Scene::open().await;
    let approval = scene.draft().await;
    let proposal = scene.proposal(approval).await;
    let signature = scene.hardware.sign(proposal.message(), false);
    scene.later.0.store(121, Ordering::SeqCst);
    let refused = scene.ann.confirm_signed(proposal.signed(&signature).unwrap()).await;
    assert_eq!(refused.unwrap_err(), Error::Vault(VaultError::TimedOut));
    scene.assert_draft(approval);
    scene.later.0.store(0, Ordering::SeqCst);
    scene.pay(approval).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_the_person_decides_leaves_the_draft() {
    let scene = Scene::open().await;
    let approval = scene.draft().await;
    drop(scene.proposal(approval).await);
    scene.ann.close().await.unwrap();
    let ann = Wallet::open(&scene.person.place).await.unwrap();
    assert!(!ann.signs_here());
    assert_eq!(ann.payment(&approval.payment()).unwrap().state, PaymentState::Draft);
    let proposal = proposal(&ann, approval).await;
    let signature = scene.hardware.sign(proposal.message(), true);
    ann.confirm_signed(proposal.signed(&signature).unwrap()).await.unwrap();
    assert!(matches!(ann.outcome(&approval.payment(), 10 * SECOND).await.unwrap(), Outcome::Settled(_)));
    // What the vault keeps can sign no payment: it begins with version 3 and a public key.
    let kept = scene.person.place.vault.get(SecretName::DeviceKeys).unwrap().unwrap();
    assert_eq!(kept.as_bytes()[1..5], [0, 3, 1, 0xa4]);
    drop(scene.world);
}

/// The key is gone with its phone, the phrase is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_account_has_the_new_phones_key() {
    let scene = Scene::open().await;
    let phrase = scene.ann.phrase().unwrap();
    let mut phone = scene.world.place("new phone");
    let hardware = Hardware::new(10);
    phone.place.act = Some(hardware.public());
    let ann = Wallet::restore(&phone.place, &scene.world.invite, &phrase, Default::default()).await.unwrap();
    assert!(!ann.signs_here());
    let truck = Target::Alias(scene.truck.profile().alias);
    let approval = Approval::of(&ann.prepare(truck, Some(amount("1 USD")), None).await.unwrap());
    let proposal = proposal(&ann, approval).await;
    let old = scene.hardware.sign(proposal.message(), false);
    let signature = hardware.sign(proposal.message(), false);
    assert_eq!(wallet_error(proposal.signed(&old)), WalletError::ApprovalUnsigned);
    let again = self::proposal(&ann, approval).await;
    assert_eq!(wallet_error(again.signed(&signature)), WalletError::ApprovalUnsigned, "of the proposal before");
    let proposal = self::proposal(&ann, approval).await;
    let signature = hardware.sign(proposal.message(), false);
    ann.confirm_signed(proposal.signed(&signature).unwrap()).await.unwrap();
    assert!(matches!(ann.outcome(&approval.payment(), 10 * SECOND).await.unwrap(), Outcome::Settled(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hardware_signs_tabs_and_their_changes_and_no_voucher() {
    let scene = Scene::open().await;
    let alias = TabTarget::Alias(scene.truck.profile().alias);
    let terms = TabTerms { cap: Some(amount("2 USD")), ..TabTerms::default() };
    let draft = scene.ann.prepare_tab(alias, terms).await.unwrap();
    let sign = async |draft: &TabDraft| {
        let approval = TabApproval::of(draft);
        assert_eq!(wallet_error(scene.ann.confirm_tab(approval).await), WalletError::SignsElsewhere);
        let TabProposed::ToSign(proposal) = scene.ann.propose_tab(approval).await.unwrap() else { panic!() };
        let other = scene.hardware.sign(b"something else", false);
        assert_eq!(wallet_error(proposal.signed(&other)), WalletError::ApprovalUnsigned);
        let TabProposed::ToSign(proposal) = scene.ann.propose_tab(approval).await.unwrap() else { panic!() };
        let signature = scene.hardware.sign(proposal.message(), true);
        let id = scene.ann.confirm_tab_signed(proposal.signed(&signature).unwrap()).await.unwrap();
        assert_eq!(scene.ann.tab_outcome(&id, 10 * SECOND).await.unwrap(), TabOutcome::Done(id));
        assert!(
            matches!(scene.ann.propose_tab(approval).await.unwrap(), TabProposed::Already(already) if already == id)
        );
        id
    };
    let id = sign(&draft).await;
    scene.truck.sync(Span::from_ms(0)).await.unwrap();
    let paid = scene.ann.pay_tab(&id, &amount("1.50 USD")).unwrap();
    scene.truck.take_voucher(paid.voucher.as_slice()).unwrap();
    let change = scene.ann.prepare_tab_change(&id, Some(amount("3 USD")), Span::from_h(1)).await.unwrap();
    assert_eq!(sign(&change).await, id);
    assert_eq!(available(&scene.ann), "17.00 USD");
    // Who takes too long has agreed to nothing.
    let change = scene.ann.prepare_tab_change(&id, Some(amount("4 USD")), Span::from_h(1)).await.unwrap();
    let TabProposed::ToSign(proposal) = scene.ann.propose_tab(TabApproval::of(&change)).await.unwrap() else {
        panic!()
    };
    let signature = scene.hardware.sign(proposal.message(), false);
    scene.later.0.fetch_add(121, Ordering::SeqCst);
    let late = scene.ann.confirm_tab_signed(proposal.signed(&signature).unwrap()).await;
    assert_eq!(late.unwrap_err(), Error::Vault(VaultError::TimedOut));
    assert_eq!(available(&scene.ann), "17.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hardware_signs_an_allowance() {
    let scene = Scene::open().await;
    let wish = || AllowanceWish { cap: amount("5 USD"), per_voucher: None, lasts: None, grace: None };
    let draft = scene.ann.prepare_allowance(wish()).await.unwrap();
    let approval = AllowanceApproval::of(&draft);
    assert_eq!(wallet_error(scene.ann.confirm_allowance(approval).await), WalletError::SignsElsewhere);
    let proposal = async |approval| match scene.ann.propose_allowance(approval).await.unwrap() {
        AllowanceProposed::ToSign(proposal) => *proposal,
        AllowanceProposed::Already(id) => panic!("{id:?} was confirmed"),
    };
    let other = scene.hardware.sign(b"something else", false);
    assert_eq!(wallet_error(proposal(approval).await.signed(&other)), WalletError::ApprovalUnsigned);
    let proposed = proposal(approval).await;
    let signature = scene.hardware.sign(proposed.message(), true);
    let id = scene.ann.confirm_allowance_signed(proposed.signed(&signature).unwrap()).await.unwrap();
    assert_eq!(scene.ann.allowance_outcome(&id, 10 * SECOND).await.unwrap(), AllowanceOutcome::Done(id));
    assert_eq!(scene.ann.allowance(&id).unwrap().state, AllowanceState::Open);
    let again = scene.ann.propose_allowance(approval).await.unwrap();
    assert!(matches!(again, AllowanceProposed::Already(already) if already == id));
    assert_eq!(available(&scene.ann), "15.00 USD");
    // Who takes too long has agreed to nothing.
    let late = AllowanceApproval::of(&scene.ann.prepare_allowance(wish()).await.unwrap());
    let proposed = proposal(late).await;
    let signature = scene.hardware.sign(proposed.message(), false);
    scene.later.0.fetch_add(121, Ordering::SeqCst);
    let late = scene.ann.confirm_allowance_signed(proposed.signed(&signature).unwrap()).await;
    assert_eq!(late.unwrap_err(), Error::Vault(VaultError::TimedOut));
    assert_eq!(available(&scene.ann), "15.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hardware_signs_what_the_payee_posts() {
    let scene = Scene::open().await;
    let made = scene.truck.request(terms(Some("4.50 USD"))).await.unwrap();
    let whole = scene.truck.whole_request(&made.id).unwrap();
    let approval = Approval::of(&scene.ann.prepare_whole(&whole, None, memo("tacos")).unwrap());
    assert_eq!(wallet_error(scene.ann.confirm_carried(approval).await), WalletError::SignsElsewhere);
    let Proposed::ToSign(proposal) = scene.ann.propose_carried(approval).await.unwrap() else { panic!() };
    let signature = scene.hardware.sign(proposal.message(), false);
    let id = scene.ann.confirm_carried_signed(proposal.signed(&signature).unwrap()).await.unwrap();
    let carried = scene.truck.carry(scene.ann.carried_order(&id).unwrap()).await.unwrap();
    assert!(matches!(carried.said, Said::Paid { to_us: true, .. }), "{carried:?}");
    assert_eq!(scene.ann.take_answer(&carried.answer).unwrap(), Outcome::Settled(id));
    assert_eq!(available(&scene.truck), "24.50 USD");
}
