import Foundation

/// Something that happened. Events are stored with what they tell of, in one commit: a process that was killed finds each of
/// them again, in order. After a kill the last one may come twice.
public struct Event: Hashable, Sendable {
    /// Its position, which is the cursor: keep it when you have dealt with the event.
    public var seq: EventSeq

    /// When, by the verifier's clock as far as it was known.
    public var at: Date

    /// What.
    public var kind: Kind

    public init(seq: EventSeq, at: Date, kind: Kind) {
        self.seq = seq
        self.at = at
        self.kind = kind
    }

    /// What happened.
    public enum Kind: Hashable, Sendable {
        /// A payment of ours was signed and stored.
        case paymentAuthorised(PaymentID)

        /// A payment of ours was applied.
        case paymentSettled(PaymentID)

        /// A payment of ours was refused, for ever, with this number.
        case paymentRefused(PaymentID, code: Int)

        /// A payment of ours was never applied.
        case paymentExpired(PaymentID)

        /// Somebody paid us.
        case received(PaymentID)

        /// The operator issued money to us.
        case issued(PaymentID)

        /// A request of ours can be paid.
        case requestOpen(RequestID)

        /// A request of ours was paid.
        case requestPaid(RequestID, by: PaymentID)

        /// A request of ours cannot be paid any more.
        case requestCancelled(RequestID)

        /// The verifier did not take a request of ours, with this number.
        case requestFailed(RequestID, code: Int)

        /// Somebody became a contact; their own confirmation has not come yet.
        case contactMet(ContactID)

        /// A contact has confirmed that we met.
        case contactVerified(ContactID)

        /// Money was set aside for a tab: by us, or for us.
        case tabOpened(TabID)

        /// A tab was raised or prolonged.
        case tabChanged(TabID)

        /// The payer has closed a tab: nothing more is paid from it, and the payee has its grace to claim.
        case tabClosed(TabID)

        /// The payee has claimed from a tab.
        case tabClaimed(TabID)

        /// A tab has ended: what was not claimed went back.
        case tabEnded(TabID)

        /// What we asked for about a tab was refused, for ever, with this number.
        case tabRefused(TabID, code: Int)

        /// A voucher of a contact came by message, and was taken.
        case voucherReceived(TabID)

        /// A contact has sent the offer of a tab: ``Tabs/received(from:)`` has it.
        case offerReceived(OfferID, from: ContactID)

        /// Anything else, by its stable name, such as `enrolled` or `history_lost`; look at ``Wallet/status()``.
        case other(
            name: String, payment: PaymentID?, contact: ContactID?, device: String?, code: Int?, tab: TabID? = nil,
            offer: OfferID? = nil)
    }
}

/// What happens in a wallet, in order and without gap. Each iteration begins anew at the position that the sequence was made
/// for, and nothing is lost when one stops: the log is on the disk.
public typealias Events = Updates<Event>
