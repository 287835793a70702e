//! Every refusal and problem with its stable number.
//!
//! 100 to 199 are refusals: signed, final. 200 to 299 are problems: unsigned, they decide nothing.
//! Numbers from 300 on are a wallet's own and never travel. A number is never used for something else.
//!
//! ```
//! use farthing_protocol::code::{ProblemCode, RefusalCode};
//! assert_eq!(RefusalCode::from_number(103), Some(RefusalCode::RequestUsed));
//! assert_eq!(ProblemCode::Busy.status(), 503);
//! assert!(ProblemCode::Busy.is_retryable() && !RefusalCode::RequestUsed.is_retryable());
//! ```

/// Defines a code enum with number, name, and sentence.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident: $extra:ident = $extra_doc:literal { $($(#[$vmeta:meta])* $variant:ident = $number:literal, $kind:literal, $value:expr, $text:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $(#[doc = $text] $(#[$vmeta])* $variant = $number,)+ }

        impl $name {
            /// All of them, by ascending number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable number.
            #[must_use]
            pub const fn number(self) -> u16 {
                self as u16
            }

            /// The stable name, in snake case.
            #[must_use]
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$variant => $kind,)+ }
            }

            /// A sentence for a person, in English.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            #[doc = $extra_doc]
            #[must_use]
            pub const fn $extra(self) -> codes_types::$extra {
                match self { $(Self::$variant => $value,)+ }
            }

            /// The code with this number.
            #[must_use]
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.message())
            }
        }
    };
}

#[allow(non_camel_case_types, reason = "names the accessor in the macro above")]
mod codes_types {
    pub(super) type is_retryable = bool;
    pub(super) type status = u16;
}

codes! {
    /// Why an order is refused, for ever.
    RefusalCode: is_retryable = "True when a new order could succeed." {
        ExpiredNeverApplied = 100, "expired_never_applied", true, "The payment was not made in time and will never be; you can pay again.";
        InsufficientFunds = 101, "insufficient_funds", true, "There is not enough money for the amount and its fee.";
        HandleUnknown = 102, "handle_unknown", false, "Nobody can be paid at this address.";
        RequestUsed = 103, "request_used", false, "This request has already been paid.";
        RequestExpired = 104, "request_expired", false, "This request has expired; ask for a new one.";
        RequestCancelled = 105, "request_cancelled", false, "The payee cancelled this request.";
        AmountMismatch = 106, "amount_mismatch", false, "The amount is not the one that was asked for.";
        PayeeKeyMismatch = 107, "payee_key_mismatch", false, "The address belongs to another payee.";
        RequestMismatch = 108, "request_mismatch", false, "The order does not belong to the request at this address.";
        OwnHandle = 109, "own_handle", false, "That is your own address; nothing to pay.";
        FeeChanged = 110, "fee_changed", true, "The fee has changed; look at the new total and confirm again.";
        DeviceRevoked = 111, "device_revoked", false, "This device may no longer act for the account.";
        DeviceExpired = 112, "device_expired", false, "This device's permission has expired.";
        ScopeForbids = 113, "scope_forbids", false, "This device is not allowed to make this payment.";
        OrderLimit = 114, "order_limit", false, "The amount is above this device's limit per payment.";
        DayLimit = 115, "day_limit", true, "The amount is above what this device may still pay within 24 hours.";
        AssetUnknown = 116, "asset_unknown", false, "The verifier does not have this currency.";
        PayeeFull = 117, "payee_full", true, "The payee's account cannot hold that much.";
    }
}

codes! {
    /// Why a hold, a change of it, a claim, a close or a release is refused, for ever. A hold's order and its changes are orders:
    /// what can be wrong with any is in [`RefusalCode`].
    TabRefusalCode: is_retryable = "True when a new object of this kind could succeed." {
        HoldUnknown = 130, "hold_unknown", false, "There is no such tab here.";
        HoldEnded = 131, "hold_ended", false, "The tab has ended; what was not claimed went back.";
        HoldClosed = 132, "hold_closed", false, "The tab was closed.";
        HoldVersion = 133, "hold_version", true, "The tab was changed meanwhile; look at it again.";
        HoldLowered = 134, "hold_lowered", false, "A tab's limit can only be raised, and its times only moved later.";
        TooManyHolds = 135, "too_many_holds", true, "Too many tabs are open; close one, or let it end.";
        VoucherInvalid = 136, "voucher_invalid", false, "The voucher does not belong to this tab.";
        AboveVoucher = 137, "above_voucher", false, "More is claimed than the voucher is for.";
        AboveCap = 138, "above_cap", true, "The voucher is above the tab's limit.";
        OtherTotal = 139, "other_total", true, "Another total was claimed meanwhile; look again before the rest goes back.";
    }
}

codes! {
    /// Why an allowance, a claim from one or its revocation is refused, for ever. An allowance's order is an order: what can be wrong
    /// with any is in [`RefusalCode`].
    OfflineRefusalCode: is_retryable = "True when a new object of this kind could succeed." {
        AllowanceUnknown = 140, "allowance_unknown", false, "There is no such allowance here.";
        AllowanceEnded = 141, "allowance_ended", false, "The time to claim from this allowance is over.";
        TooManyAllowances = 142, "too_many_allowances", true, "There are too many allowances that are not settled; let one end.";
        NotOfAllowance = 143, "not_of_allowance", false, "The payment does not belong to this allowance.";
        NotOfRequest = 144, "not_of_request", false, "The payment does not belong to this request.";
        AboveAllowance = 145, "above_allowance", false, "The payment, or all that was claimed for this account, is above what the allowance is for.";
        OtherPayee = 146, "other_payee", false, "The request was made by somebody else.";
        TooManyClaims = 147, "too_many_claims", false, "More was claimed from this allowance than it could ever be for.";
    }
}

codes! {
    /// Why a call was not answered otherwise. Nothing is decided by it.
    ProblemCode: status = "The HTTP status it comes with." {
        Malformed = 200, "malformed", 400, "The call is not well-formed.";
        TooLarge = 201, "too_large", 413, "The call is too large.";
        MediaType = 202, "media_type", 415, "The call has another media type than this path takes.";
        BadSignature = 203, "bad_signature", 401, "The signature does not match.";
        DeviceUnknown = 204, "device_unknown", 401, "No such device is known here.";
        WrongVerifier = 205, "wrong_verifier", 422, "This is meant for another verifier.";
        IdConflict = 206, "id_conflict", 409, "Another object with this id was received before.";
        BeforeEpoch = 207, "before_epoch", 409, "The verifier lost history: it cannot say what became of this payment. Only its operator can resolve it.";
        CreatedAhead = 208, "created_ahead", 422, "The time in the call lies ahead of the verifier's.";
        ClockSuspect = 209, "clock_suspect", 503, "The verifier doubts its clock and decides nothing that depends on time until its operator has looked.";
        Busy = 210, "busy", 503, "The verifier is busy; try again shortly.";
        RateLimited = 211, "rate_limited", 429, "Too many calls; try again later.";
        SecondFactorNeeded = 212, "second_factor_needed", 403, "This amount needs a code from the authenticator app.";
        StaleSignature = 213, "stale_signature", 401, "The time in the signature is too far from the verifier's; it is enclosed.";
        BundleMismatch = 214, "bundle_mismatch", 422, "The sealed message is not the one that the order names.";
        OrderUnknown = 215, "order_unknown", 404, "No such order was decided here.";
        RequestUnknown = 216, "request_unknown", 404, "No such request is here, or not any more.";
        AliasUnknown = 217, "alias_unknown", 404, "Nobody has this alias.";
        NotFound = 218, "not_found", 404, "There is nothing at this path.";
        InviteUnknown = 219, "invite_unknown", 403, "This invite is not valid here.";
        InviteUsed = 220, "invite_used", 403, "This invite has been used up; ask for a new one.";
        InviteExpired = 221, "invite_expired", 403, "This invite has expired; ask for a new one.";
        InviteNeeded = 222, "invite_needed", 403, "This verifier takes new accounts only with an invite.";
        AccountConflict = 223, "account_conflict", 409, "This account exists already; restore it instead.";
        HandleTaken = 224, "handle_taken", 409, "This handle is in use.";
        HandleNotInStock = 225, "handle_not_in_stock", 409, "This handle is not in stock, or already bound.";
        StockFull = 226, "stock_full", 409, "There are enough handles in stock.";
        AliasTaken = 227, "alias_taken", 409, "This alias belongs to somebody.";
        RequestAlreadyUsed = 228, "request_already_used", 409, "The request has been paid; it cannot be cancelled any more.";
        TooManyRequests = 229, "too_many_requests", 409, "Too many requests are open; cancel some or let them expire.";
        Forbidden = 230, "forbidden", 403, "This device may not do that.";
        MethodNotAllowed = 231, "method_not_allowed", 405, "This path has no such method.";
        ShuttingDown = 232, "shutting_down", 503, "The verifier is shutting down; try again shortly.";
        Internal = 233, "internal", 500, "Something went wrong at the verifier; nothing was decided.";
        StorageFull = 234, "storage_full", 503, "The verifier cannot store anything at the moment; nothing was decided.";
        TooSlow = 235, "too_slow", 408, "The call took too long to arrive.";
        LocatorTaken = 236, "locator_taken", 409, "Other bytes lie at this locator.";
        ListConflict = 237, "list_conflict", 409, "The list of devices has changed; read it again.";
        AccountUnknown = 238, "account_unknown", 404, "No such account is known here.";
        DeviceRevokedHere = 239, "device_is_revoked", 403, "This device may no longer act for the account.";
        TooManyAliases = 240, "too_many_aliases", 409, "The account has as many aliases as it may have.";
        OldCopy = 241, "old_copy", 409, "This is an old copy of the wallet: a newer one has been here.";
        SlotTaken = 242, "slot_taken", 409, "Somebody else has written there.";
        SlotEmpty = 243, "slot_empty", 404, "Nothing has been written there yet.";
        NoPrekeys = 244, "no_prekeys", 404, "The device has left no keys to begin a conversation with.";
        MailboxFull = 245, "mailbox_full", 503, "The mailbox is full; try again later.";
        RecipientUnknown = 246, "recipient_unknown", 404, "No such device receives messages here.";
        TooManyDevices = 247, "too_many_devices", 409, "The account has had as many devices as it may have.";
        SealedElsewhere = 248, "sealed_elsewhere", 422, "This was sealed to a key that the verifier does not have.";
    }
}

impl ProblemCode {
    /// True when the same call could succeed later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self.status(), 408 | 429 | 500 | 503)
            || matches!(
                self,
                Self::StaleSignature | Self::RequestUnknown | Self::OrderUnknown | Self::SlotEmpty | Self::NoPrekeys
            )
    }
}
