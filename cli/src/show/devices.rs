//! Devices, as a person reads them.

use crate::operation::devices::{DeviceView, DevicesView, ScopeView};
use farthing_core::export::views::AmountView;

pub(crate) fn devices(view: &DevicesView) -> String {
    view.devices.iter().map(device).collect::<Vec<_>>().join("\n")
}

fn device(device: &DeviceView) -> String {
    let mut state = match (&device.revoked, device.active) {
        (_, true) => scope(&device.scope),
        (Some(at), false) => format!("revoked, seen {at}"),
        (None, false) => "revoked".to_owned(),
    };
    if device.this {
        state.push_str("; this device");
    }
    format!("{}  {state}\n  since {}", device.id, device.created)
}

fn scope(scope: &ScopeView) -> String {
    let amounts = |list: &[AmountView]| list.iter().map(|amount| amount.text.clone()).collect::<Vec<_>>().join(", ");
    let mut parts = vec![format!("may {}", scope.permissions.join(", "))];
    parts.extend(scope.per_order.as_ref().map(|limits| format!("at most {} at once", amounts(limits))));
    parts.extend(scope.per_day.as_ref().map(|limits| format!("at most {} within 24 hours", amounts(limits))));
    parts.extend(scope.payees.as_ref().map(|payees| format!("pays {} payees alone", payees.len())));
    parts.extend(scope.expires.as_ref().map(|time| format!("until {time}")));
    parts.join("; ")
}
