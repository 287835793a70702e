#if canImport(Security) && canImport(LocalAuthentication)
import Foundation
import LocalAuthentication
import Security

/// A key in the Secure Enclave that signs each payment, tab and allowance, after its person has agreed by face, finger or passcode. It leaves the chip
/// never, and no backup has it: a phone that is lost, or whose passcode is removed, means that the account is restored with its
/// phrase.
public struct SecureEnclaveKey: Approver {
    private let tag: Data
    private let passcodeWillDo: Bool
    private let accessGroup: String?
    private let question: @Sendable (Draft) -> String
    private let tabQuestion: @Sendable (TabDraft) -> String
    private let offlineQuestion: @Sendable (OfflineQuestion) -> String

    /// `tag` names the key: one for each wallet. With `passcodeWillDo` the device's passcode is enough where there is no face or
    /// finger; without it a change of faces or fingers throws the key away.
    ///
    /// `question` is what the system shows: whom is paid, and the total, in the person's language; `tabQuestion` for whom money is set
    /// aside, and how much; `offlineQuestion` what is set aside, paid or taken without network, and what can be lost by it.
    public init(
        tag: String, passcodeWillDo: Bool = true, accessGroup: String? = nil,
        question: @escaping @Sendable (Draft) -> String = SecureEnclaveKey.inEnglish,
        tabQuestion: @escaping @Sendable (TabDraft) -> String = SecureEnclaveKey.tabInEnglish,
        offlineQuestion: @escaping @Sendable (OfflineQuestion) -> String = SecureEnclaveKey.offlineInEnglish
    ) {
        self.tag = Data(tag.utf8)
        self.passcodeWillDo = passcodeWillDo
        self.accessGroup = accessGroup
        self.question = question
        self.tabQuestion = tabQuestion
        self.offlineQuestion = offlineQuestion
    }

    /// “Pay 4.50 USD to Taco Truck”.
    @Sendable public static func inEnglish(_ draft: Draft) -> String {
        let payee = draft.payee.contact ?? draft.payee.calledItself ?? draft.payee.alias
        return payee.map { "Pay \(draft.total) to \($0)" } ?? "Pay \(draft.total)"
    }

    /// “Set 5.00 USD aside for The Paper”.
    @Sendable public static func tabInEnglish(_ draft: TabDraft) -> String {
        let payee = draft.payee.contact ?? draft.payee.calledItself ?? draft.payee.alias
        return payee.map { "Set \(draft.setAside) aside for \($0)" } ?? "Set \(draft.setAside) aside"
    }

    /// “Take 2.00 USD without network; you could lose up to 4.00 USD”.
    @Sendable public static func offlineInEnglish(_ question: OfflineQuestion) -> String {
        switch question {
        case .allow(let draft):
            "Set \(draft.setAside) aside to pay without network; if this device is stolen, up to \(draft.atStake) can be lost"
        case .pay(let prompt): prompt.calledItself.map { "Pay \(prompt.amount) to “\($0)”" } ?? "Pay \(prompt.amount)"
        case .take(let offer): "Take \(offer.amount) without network; you could lose up to \(offer.couldLose.all)"
        }
    }

    /// Made when there is none. One that is there stays, since a wallet may be signed by it: ``forget()`` comes before the account
    /// of a key that was thrown away is restored.
    public func spendingKey() throws(ApprovalError) -> Data? {
        let key: SecKey
        do throws(ApprovalError) { key = try find(nil) } catch .invalidated { key = try make() }
        guard let open = SecKeyCopyPublicKey(key), let point = SecKeyCopyExternalRepresentation(open, nil) else {
            throw .unavailable
        }
        return point as Data
    }

    /// Throws the key away, for ever: what was signed by it stays valid, and its wallet pays nothing any more.
    public func forget() throws(ApprovalError) {
        let status = SecItemDelete(item as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else { throw ApprovalError(status) }
    }

    public func approve(_ draft: Draft, message: Data?) async throws(ApprovalError) -> Approval {
        try await ask(question(draft), message)
    }

    public func approveTab(_ draft: TabDraft, message: Data?) async throws(ApprovalError) -> Approval {
        try await ask(tabQuestion(draft), message)
    }

    public func approveOffline(_ question: OfflineQuestion, message: Data?) async throws(ApprovalError) -> Approval {
        try await ask(offlineQuestion(question), message)
    }

    private func ask(_ question: String, _ message: Data?) async throws(ApprovalError) -> Approval {
        let prompt = Prompt(question)
        let answer: Result<Approval, ApprovalError> = await withTaskCancellationHandler {
            do throws(ApprovalError) {
                guard let message else {
                    // The wallet signs with its own key; it is the person's yes that is asked for.
                    try await prompt.agrees()
                    return .success(.confirmed)
                }
                try await prompt.agrees(to: try access())
                // What was agreed to just now is not asked for again.
                let key = try find(prompt.context)
                return .success(.signed(try sign(message, with: key)))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            prompt.dismiss()
        }
        return try answer.get()
    }

    private func sign(_ message: Data, with key: SecKey) throws(ApprovalError) -> Data {
        var error: Unmanaged<CFError>?
        let signature = SecKeyCreateSignature(key, .ecdsaSignatureMessageX962SHA256, message as CFData, &error)
        guard let signature else { throw ApprovalError(error?.takeRetainedValue()) }
        return signature as Data
    }

    private func find(_ context: LAContext?) throws(ApprovalError) -> SecKey {
        var query = item
        query[kSecReturnRef] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        if let context { query[kSecUseAuthenticationContext] = context }
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        guard status == errSecSuccess, let found else { throw ApprovalError(status) }
        guard CFGetTypeID(found) == SecKeyGetTypeID() else { throw .unavailable }
        return found as! SecKey
    }

    private func make() throws(ApprovalError) -> SecKey {
        var kept = item
        for name in [kSecClass, kSecAttrKeyType, kSecAttrTokenID] { kept[name] = nil }
        kept[kSecAttrIsPermanent] = true
        kept[kSecAttrAccessControl] = try access()
        let new: [CFString: Any] = [
            kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
            kSecAttrKeySizeInBits: 256,
            kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
            kSecUseDataProtectionKeychain: true,
            kSecPrivateKeyAttrs: kept,
        ]
        var error: Unmanaged<CFError>?
        guard let key = SecKeyCreateRandomKey(new as CFDictionary, &error) else {
            throw ApprovalError(error?.takeRetainedValue())
        }
        return key
    }

    private func access() throws(ApprovalError) -> SecAccessControl {
        var flags: SecAccessControlCreateFlags = [.privateKeyUsage, .biometryCurrentSet]
        if passcodeWillDo { flags.formUnion([.or, .devicePasscode]) }
        let access = SecAccessControlCreateWithFlags(nil, kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly, flags, nil)
        guard let access else { throw .unavailable }
        return access
    }

    private var item: [CFString: Any] {
        var item: [CFString: Any] = [
            kSecClass: kSecClassKey,
            kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
            kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
            kSecAttrApplicationTag: tag,
            kSecUseDataProtectionKeychain: true,
        ]
        if let accessGroup { item[kSecAttrAccessGroup] = accessGroup }
        return item
    }
}

/// One question of the system's. A context may be dismissed from any thread.
private final class Prompt: @unchecked Sendable {
    let context = LAContext()
    private let question: String

    init(_ question: String) { self.question = question }

    func agrees() async throws(ApprovalError) {
        do { try await context.evaluatePolicy(.deviceOwnerAuthentication, localizedReason: question) } catch {
            throw ApprovalError(error)
        }
    }

    func agrees(to access: SecAccessControl) async throws(ApprovalError) {
        do { try await context.evaluateAccessControl(access, operation: .useKeySign, localizedReason: question) } catch {
            throw ApprovalError(error)
        }
    }

    func dismiss() { context.invalidate() }
}

extension ApprovalError {
    fileprivate init(_ error: (any Error)?) {
        guard let error = error as NSError? else {
            self = .unavailable
            return
        }
        self =
            switch (error.domain, error.code) {
            case (NSOSStatusErrorDomain, let code): ApprovalError(OSStatus(truncatingIfNeeded: code))
            case (LAError.errorDomain, LAError.userCancel.rawValue), (LAError.errorDomain, LAError.userFallback.rawValue):
                .declined
            // The app itself took it back, or the system did, for another app.
            case (LAError.errorDomain, LAError.appCancel.rawValue), (LAError.errorDomain, LAError.systemCancel.rawValue):
                .timedOut
            case (LAError.errorDomain, LAError.biometryLockout.rawValue),
                (LAError.errorDomain, LAError.authenticationFailed.rawValue),
                (LAError.errorDomain, LAError.notInteractive.rawValue):
                .locked
            // The system deletes such a key with the passcode.
            case (LAError.errorDomain, LAError.passcodeNotSet.rawValue): .invalidated
            default: .unavailable
            }
    }

    fileprivate init(_ status: OSStatus) {
        self =
            switch status {
            case errSecUserCanceled: .declined
            case errSecInteractionNotAllowed, errSecInteractionRequired, errSecAuthFailed: .locked
            case errSecItemNotFound: .invalidated
            default: .unavailable
            }
    }
}
#endif
