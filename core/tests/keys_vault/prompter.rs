//! The person before the screen: GNOME Keyring's prompter, which draws its dialogs, played by the test.
//!
//! Source: gcr, `org.gnome.keyring.internal.Prompter` and its `Callback`.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::runtime::Runtime;
use zbus::{
    Connection,
    message::Header,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

/// What the person does with a prompt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    Dismisses,
    IsAway,
}

pub(crate) struct Prompter {
    prompts: Arc<AtomicUsize>,
    /// Holds the connection, and ends with it.
    _screen: (Connection, Runtime),
}

impl Prompter {
    pub(crate) fn start(bus: &str, person: Person) -> Self {
        let prompts = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let screen = Screen { person, prompts: Arc::clone(&prompts) };
        let connection = runtime.block_on(async {
            let builder = zbus::connection::Builder::address(bus).unwrap();
            let builder = builder.serve_at("/org/gnome/keyring/Prompter", screen).unwrap();
            builder.name("org.gnome.keyring.SystemPrompter").unwrap().build().await.unwrap()
        });
        Self { prompts, _screen: (connection, runtime) }
    }

    /// How often the person was asked.
    pub(crate) fn prompts(&self) -> usize {
        self.prompts.load(Ordering::SeqCst)
    }
}

struct Screen {
    person: Person,
    prompts: Arc<AtomicUsize>,
}

#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl Screen {
    async fn begin_prompting(
        &self,
        callback: OwnedObjectPath,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) {
        ready(bus, &header, callback, "");
    }

    async fn perform_prompt(
        &self,
        callback: OwnedObjectPath,
        _kind: String,
        _properties: HashMap<String, OwnedValue>,
        _exchange: String,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) {
        self.prompts.fetch_add(1, Ordering::SeqCst);
        if self.person == Person::Dismisses {
            ready(bus, &header, callback, "no");
        }
    }

    async fn stop_prompting(
        &self,
        callback: OwnedObjectPath,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) {
        answer(bus, &header, callback, "PromptDone", ());
    }
}

fn ready(bus: &Connection, header: &Header<'_>, callback: OwnedObjectPath, reply: &'static str) {
    answer(bus, header, callback, "PromptReady", (reply, HashMap::<String, Value<'static>>::new(), ""));
}

/// Calls the keyring back, after it has its answer to what it called.
fn answer<B>(bus: &Connection, header: &Header<'_>, callback: OwnedObjectPath, method: &'static str, body: B)
where
    B: serde::Serialize + zbus::zvariant::DynamicType + Send + Sync + 'static,
{
    let (bus, keyring) = (bus.clone(), header.sender().unwrap().to_owned());
    tokio::spawn(async move {
        let interface = Some("org.gnome.keyring.internal.Prompter.Callback");
        let _ = bus.call_method(Some(keyring), callback, interface, method, &body).await;
    });
}
