import Foundation

/// An open wallet. It can be called at any time and from any actor, the main one too: disk and network are waited for elsewhere.
///
/// Each call may throw ``FarthingError``. Cancelling the task of one stops only the waiting, with ``FarthingError/cancelled``:
/// what it began is done to its end. A task that was cancelled before it calls begins nothing.
///
/// It is a protocol, so that an app's tests can put another one in its place.
public protocol Wallet: Sendable {
    /// What we ask others to pay.
    var requests: any Requests { get }

    /// Money by the drop: tabs that we pay from, and those that we earn by.
    var tabs: any Tabs { get }

    /// Money without network on either side: allowances that we pay from, and payments that we take.
    var offline: any Offline { get }

    /// Paying while only the payee has network.
    var carried: any Carried { get }

    /// People we know.
    var contacts: any Contacts { get }

    /// Meeting people.
    var pairing: any Pairings { get }

    /// The phones and tills that act for the account.
    var devices: any Devices { get }

    /// What the account is, and what the verifier knows of it.
    var account: any Account { get }

    /// How the wallet stands to its verifier, from now on. While it is iterated the wallet stays current. It ends when the wallet
    /// is closed.
    var connection: Updates<Connection> { get }

    /// How the wallet stands; asks nobody.
    func status() async throws(FarthingError) -> Status

    /// What there is of each currency, by receipts alone; asks nobody.
    func balances() async throws(FarthingError) -> [Balance]

    /// Reads an amount that was typed, such as `4.50 USD`, in the verifier's currencies.
    func parseMoney(_ typed: String) async throws(FarthingError) -> Money

    /// Reads and checks everything that a payment needs, and stores a draft to be shown. `amount` is for payees that do not say
    /// how much; `memo` is for the payee alone.
    func prepare(_ payee: PayTo, amount: Money?, memo: String?) async throws(FarthingError) -> Draft

    /// A draft that was prepared before, as it is to be shown now.
    func draft(_ id: DraftID) async throws(FarthingError) -> Draft

    /// Forgets a draft.
    func discard(_ id: DraftID) async throws(FarthingError)

    /// Signs and stores a draft as it was shown, and begins to send it. The same draft gives the same payment, however often it
    /// is confirmed. Where there is an ``Approver``, it is asked before; cancelling then takes the question back, too.
    func confirm(_ draft: Draft) async throws(FarthingError) -> Payment

    /// Waits for the outcome of a payment, so long at most.
    func outcome(of payment: PaymentID, wait: Duration) async throws(FarthingError) -> Outcome

    /// A payment by its id, also one of an earlier process.
    func payment(_ id: PaymentID) async throws(FarthingError) -> Payment

    /// Payments, newest first. `before` is the last of the page before; `limit` is 1 to 500.
    func history(before: PaymentID?, limit: Int) async throws(FarthingError) -> [Payment]

    /// The signed receipt of a payment: it proves it to anybody who knows the verifier's root.
    func receipt(of payment: PaymentID) async throws(FarthingError) -> Data

    /// What happens after a position, in order and without gap, from the wallet's own disk. While it is iterated the wallet stays
    /// current with the verifier. It goes on through ``pause()`` and ``resume()``, and ends when the wallet is closed.
    func events(after position: EventSeq) -> Events

    /// Resolves what is pending and fetches what is new.
    @discardableResult
    func sync() async throws(FarthingError) -> Synced

    /// The same, but no longer than `timeout`; nil when it was not done by then. What was done stays.
    @discardableResult
    func catchUp(timeout: Duration) async throws(FarthingError) -> Synced?

    /// Lets go of files and locks until ``resume()``: a platform may end an app that keeps them in the background.
    func pause() async throws(FarthingError)

    /// Takes files and locks again.
    func resume() async throws(FarthingError)

    /// The recovery phrase, while it is kept here. ``withPhrase(isolation:_:)`` keeps it no longer than it is shown.
    func revealPhrase() async throws(FarthingError) -> RecoveryPhrase

    /// How the wallet stands, as lines of text, for the person to send to whoever helps. Without ids, names, addresses, amounts
    /// and what was written.
    func diagnostics() async throws(FarthingError) -> String

    /// Ends calls that wait, lets what must not be cut off come to its end, and frees the folder. A second call does nothing.
    /// Cancelling does not stop it. It always closes; what it returns is what the disk had to say about that.
    @discardableResult
    func close() async -> Problem?
}

extension Wallet {
    /// Reads and checks everything that a payment needs, and stores a draft to be shown.
    public func prepare(_ payee: PayTo) async throws(FarthingError) -> Draft {
        try await prepare(payee, amount: nil, memo: nil)
    }

    /// The same, for payees that do not say how much.
    public func prepare(_ payee: PayTo, amount: Money?) async throws(FarthingError) -> Draft {
        try await prepare(payee, amount: amount, memo: nil)
    }

    /// The same, with a memo for the payee alone.
    public func prepare(_ payee: PayTo, memo: String?) async throws(FarthingError) -> Draft {
        try await prepare(payee, amount: nil, memo: memo)
    }

    /// Waits for the outcome of a payment, 10 seconds at most.
    public func outcome(of payment: PaymentID) async throws(FarthingError) -> Outcome {
        try await outcome(of: payment, wait: .seconds(10))
    }

    /// The newest 50 payments.
    public func history() async throws(FarthingError) -> [Payment] { try await history(before: nil, limit: 50) }
}

/// What we ask others to pay.
public protocol Requests: Sendable {
    /// Makes a request; it can be paid when this returns.
    func create(_ terms: Terms) async throws(FarthingError) -> Request

    /// Ours, newest first; `limit` is 1 to 500.
    func list(limit: Int) async throws(FarthingError) -> [Request]

    /// One of them as it is now, and again whenever its state changes; ends when it cannot change any more. While it is iterated
    /// the wallet stays current. It goes on through ``Wallet/pause()`` and ``Wallet/resume()``.
    func watch(_ id: RequestID) -> Updates<Request>

    /// Cancels one.
    @discardableResult
    func cancel(_ id: RequestID) async throws(FarthingError) -> RequestState
}

extension Requests {
    /// Makes a request for an amount, or for what the payer chooses; it can be paid when this returns.
    public func create(
        _ amount: Money?, items: [Item] = [], memo: String? = nil, expires: Duration = .seconds(15 * 60), standing: Bool = false
    ) async throws(FarthingError) -> Request {
        try await create(Terms(amount: amount, items: items, memo: memo, expires: expires, standing: standing))
    }

    /// The newest 50.
    public func list() async throws(FarthingError) -> [Request] { try await list(limit: 50) }
}

/// People we know.
public protocol Contacts: Sendable {
    /// All of them, by name.
    func list() async throws(FarthingError) -> [Contact]

    /// Gives a contact another name.
    @discardableResult
    func rename(_ contact: Contact, to name: String) async throws(FarthingError) -> Contact

    /// Neither pays a contact nor listens to it any more.
    @discardableResult
    func block(_ contact: Contact) async throws(FarthingError) -> Contact

    /// Takes that back.
    @discardableResult
    func unblock(_ contact: Contact) async throws(FarthingError) -> Contact

    /// Writes a few sentences. Trouble on the way to the verifier is no error: the note waits.
    func write(_ text: String, to contact: Contact) async throws(FarthingError)

    /// Sends a request of ours, which the contact can pay without scanning anything.
    func send(_ request: RequestID, to contact: Contact) async throws(FarthingError)

    /// What was written between us and a contact, oldest first.
    func notes(of contact: Contact) async throws(FarthingError) -> [Note]
}

/// Meeting people: one shows a QR code, the other scans it, both compare six digits.
public protocol Pairings: Sendable {
    /// Makes a code to show.
    func show() async throws(FarthingError) -> any Pairing

    /// Answers the code of another phone.
    func scan(_ link: String) async throws(FarthingError) -> any Pairing
}

/// A pairing under way.
public protocol Pairing: Sendable {
    /// What the QR code holds, on the phone that shows it.
    var offer: String? { get }

    /// Waits for the six digits that both people compare; nil when there are none yet.
    func checkCode(wait: Duration) async throws(FarthingError) -> String?

    /// The person's answer: whether both phones show the same digits.
    func answer(same: Bool) async throws(FarthingError)

    /// Waits for the contact that two equal answers make; nil when it is not there yet.
    func contact(wait: Duration) async throws(FarthingError) -> Contact?
}

extension Pairing {
    /// Waits for the six digits that both people compare, half a minute at most.
    public func checkCode() async throws(FarthingError) -> String? { try await checkCode(wait: .seconds(30)) }

    /// Waits for the contact that two equal answers make, half a minute at most.
    public func contact() async throws(FarthingError) -> Contact? { try await contact(wait: .seconds(30)) }
}
