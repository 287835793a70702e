internal import FarthingGenerated
import Foundation

/// What the library calls. It lets nothing through but what the library knows.
final class ApproverAdapter: FarthingGenerated.Approver {
    private let approver: any Approver

    init(approver: any Approver) { self.approver = approver }

    func spendingKey() throws -> Data? {
        do throws(ApprovalError) { return try approver.spendingKey() } catch { throw error.native }
    }

    func approve(draft: FarthingGenerated.Draft, message: Data?) async throws -> FarthingGenerated.Approved {
        do throws(ApprovalError) { return try await approver.approve(draft.crossed, message: message).native } catch {
            throw error.native
        }
    }

    func approveTab(draft: FarthingGenerated.TabDraft, message: Data?) async throws -> FarthingGenerated.Approved {
        do throws(ApprovalError) { return try await approver.approveTab(draft.crossed, message: message).native } catch {
            throw error.native
        }
    }

    func approveOffline(
        question: FarthingGenerated.OfflineQuestion, message: Data?
    ) async throws -> FarthingGenerated.Approved {
        do throws(ApprovalError) { return try await approver.approveOffline(question.crossed, message: message).native } catch {
            throw error.native
        }
    }
}

extension Approval {
    fileprivate var native: FarthingGenerated.Approved {
        switch self {
        case .confirmed: .confirmed
        case .signed(let signature): .signed(signature: signature)
        }
    }
}

extension ApprovalError {
    fileprivate var native: FarthingGenerated.ApprovalFailure {
        switch self {
        case .declined: .Declined
        case .timedOut: .TimedOut
        case .locked: .Locked
        case .invalidated: .Invalidated
        case .unavailable: .Unavailable
        }
    }
}
