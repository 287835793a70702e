//! Everything that a wallet knows, as files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod world;

use farthing_core::error::Error;
use farthing_core::export::{self, FileName};
use farthing_core::inspect::{Anchors, Verdict, inspect};
use farthing_core::store::{ArtifactKind, StoreError};
use farthing_core::tab::{TabApproval, TabOutcome, TabTarget, TabTerms};
use farthing_core::wallet::Wallet;
use farthing_protocol::cose::Signed;
use std::collections::BTreeSet;
use std::path::Path;
use world::{SECOND, World, amount, pay, target, terms};

/// A wallet that has paid, asks for money, and has a tab.
async fn lived(world: &World) -> Wallet {
    let (_, ann) = world.person("ann").await;
    let (_, truck) = world.person("truck").await;
    let made = truck.request(terms(Some("4.50 USD"))).await.unwrap();
    pay(&ann, target(&made), None, "two tacos").await;
    ann.request(terms(None)).await.unwrap();
    let terms = TabTerms { cap: Some(amount("1 USD")), ..TabTerms::default() };
    let draft = ann.prepare_tab(TabTarget::Alias(truck.profile().alias), terms).await.unwrap();
    let tab = ann.confirm_tab(TabApproval::of(&draft)).await.unwrap();
    assert_eq!(ann.tab_outcome(&tab, 10 * SECOND).await.unwrap(), TabOutcome::Done(tab));
    ann.pay_tab(&tab, &amount("0.25 USD")).unwrap();
    ann
}

fn names(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_files_and_the_root_can_check_a_receipt() {
    let world = World::start().await;
    let wallet = lived(&world).await;
    let folder = world.dir.path().join("export");
    // A process that was killed at it.
    std::fs::create_dir(world.dir.path().join("export.part")).unwrap();
    std::fs::write(world.dir.path().join("export.part/wallet.json"), "half").unwrap();
    let written = wallet.export(&folder).await.unwrap();
    assert_eq!((written.payments, written.requests), (2, 1));
    assert_eq!(names(&folder).len(), written.files);
    assert!(!world.dir.path().join("export.part").exists());
    // All that is listed is there, and no more.
    let listed: BTreeSet<_> = export::contents(&wallet).unwrap().files.iter().map(ToString::to_string).collect();
    assert_eq!(names(&folder), listed);
    for name in &listed {
        assert_eq!(FileName::parse(name).unwrap().to_string(), *name);
    }
    let newest = &wallet.history(None, 1).unwrap()[0];
    let receipt = std::fs::read(folder.join(FileName::Artifact(newest.id, ArtifactKind::Receipt).to_string())).unwrap();
    let certificate = std::fs::read(folder.join("verifier-certificate-1.cose")).unwrap();
    let anchors =
        |root| Anchors { root: Some(root), certificates: vec![Signed::parse(&certificate).unwrap()], own: Vec::new() };
    let inspected = inspect(&receipt, &anchors(wallet.profile().verifier)).unwrap();
    assert_eq!((inspected.kind, inspected.verdict), ("receipt", Verdict::Valid));
    let other = World::start_as([9; 32]).await.invite.claims().verifier;
    assert_ne!(inspect(&receipt, &anchors(other)).unwrap().verdict, Verdict::Valid);
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("wallet.json")).unwrap()).unwrap();
    assert_eq!(told["payments"][0]["memo"], "two tacos");
    assert_eq!(told["payments"][0]["request_memo"], "window two");
    assert_eq!(told["balances"][0]["available"]["text"], "14.50 USD");
    let tab = &told["tabs"][0];
    assert_eq!((tab["direction"].as_str(), tab["state"].as_str()), (Some("out"), Some("open")));
    assert_eq!(
        (tab["total"]["text"].as_str(), tab["set_aside"]["text"].as_str()),
        (Some("0.25 USD"), Some("1.00 USD"))
    );
    let receipt = listed.iter().find(|name| name.starts_with("tab-")).unwrap();
    let inspected =
        inspect(&std::fs::read(folder.join(receipt)).unwrap(), &anchors(wallet.profile().verifier)).unwrap();
    assert_eq!((inspected.kind, inspected.verdict), ("hold-receipt", Verdict::Valid));
    assert_eq!(told["requests"][0]["id"].as_str().unwrap().len(), 32);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::start().await;
    let wallet = lived(&world).await;
    let folder = world.dir.path().join("export");
    wallet.export(&folder).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("wallet.json"))), (0o700, 0o600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_something_in_it_stays_as_it_is() {
    let world = World::start().await;
    let wallet = lived(&world).await;
    let folder = world.dir.path().join("export");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("diary"), "dear").unwrap();
    let refused = wallet.export(&folder).await.unwrap_err();
    assert_eq!(refused, Error::Store(StoreError::Io("the folder is not empty".to_owned())));
    assert_eq!(names(&folder), BTreeSet::from(["diary".to_owned()]));
    assert!(!world.dir.path().join("export.part").exists());
    std::fs::remove_file(folder.join("diary")).unwrap();
    wallet.export(&folder).await.unwrap();
}

/// A name comes from another process: nothing else is reached by it.
#[test]
fn other_names_are_none() {
    for text in [
        "",
        "wallet.db",
        "../wallet.json",
        "verifier-certificate-01.cose",
        "contradiction-x.cbor",
        "x.order.cose",
        "tab-x-1-1.cose",
        "tab-x-voucher.cose",
        "x.offer.cose",
        "a/b",
    ] {
        assert_eq!(FileName::parse(text), None, "{text}");
    }
}
