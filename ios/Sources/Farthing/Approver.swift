import Foundation

/// Asks the person before a payment is signed, before money is set aside, and before what can be lost is taken.
///
/// It has two minutes for each answer; ``Wallet/confirm(_:)`` waits for it. When the task that confirms is cancelled, so is the one
/// that asks: the question is to be taken from the screen, and what it is answered then does not count. The draft is left.
public protocol Approver: Sendable {
    /// The key in hardware that signs payments, when there is one: a point of P-256, uncompressed (SEC 1 §2.3.3, 65 bytes).
    ///
    /// It is asked for when an account is opened or restored, and the account's device signs with it from then on: one that is
    /// lost means that the account is restored with its phrase. It may hold up its thread for 30 seconds.
    func spendingKey() throws(ApprovalError) -> Data?

    /// Shows a draft and asks. `message` is what the key in hardware is to sign, on a device that has one: there the only yes is
    /// ``Approval/signed(_:)``, elsewhere ``Approval/confirmed``.
    func approve(_ draft: Draft, message: Data?) async throws(ApprovalError) -> Approval

    /// The same, of a tab that is to be opened or changed. An approver that knows no tabs approves none.
    func approveTab(_ draft: TabDraft, message: Data?) async throws(ApprovalError) -> Approval

    /// The same, of money without network. There is something to sign for an allowance alone. An approver that knows nothing of it
    /// approves nothing.
    func approveOffline(_ question: OfflineQuestion, message: Data?) async throws(ApprovalError) -> Approval
}

extension Approver {
    /// There is none: the wallet signs with its own key.
    public func spendingKey() throws(ApprovalError) -> Data? { nil }

    /// It knows no tabs.
    public func approveTab(_ draft: TabDraft, message: Data?) async throws(ApprovalError) -> Approval {
        throw .unavailable
    }

    /// It knows nothing of money without network.
    public func approveOffline(_ question: OfflineQuestion, message: Data?) async throws(ApprovalError) -> Approval {
        throw .unavailable
    }
}

/// A person's yes.
public enum Approval: Hashable, Sendable {
    /// The wallet signs with its own key.
    case confirmed

    /// Signed by the key in hardware: ES256 over the message, DER or r‖s.
    case signed(Data)
}

/// Why there is no yes. The payment stays a draft.
public enum ApprovalError: Error, Hashable, Sendable {
    /// The person said no.
    case declined

    /// Nobody answered.
    case timedOut

    /// The device is locked, or too many tries have locked the key.
    case locked

    /// The platform threw the key away, as when fingerprints change. The wallet receives, and cannot pay.
    case invalidated

    /// Anything else.
    case unavailable
}
