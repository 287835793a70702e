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
        do throws(ApprovalError) {
            return switch try await approver.approve(draft.crossed, message: message) {
            case .confirmed: .confirmed
            case .signed(let signature): .signed(signature: signature)
            }
        } catch {
            throw error.native
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
