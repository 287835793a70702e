import Farthing
import Foundation

/// One who pays and one who is paid and listens, as the pair in Rust (bench/src/paying.rs).
struct Pair {
    let payer: any Wallet
    private let payee: any Wallet
    private let received: AsyncStream<PaymentID>

    /// Opens the wallets of two folders; comes back when the payee hears of everything at once.
    static func open(payer: URL, payee: URL) async throws -> Pair {
        let (payer, payee) = (try await wallet(in: payer), try await wallet(in: payee))
        let (received, hear) = AsyncStream.makeStream(of: PaymentID.self)
        let after = try await payee.last()
        Task {
            // Nobody waits for what will not come.
            defer { hear.finish() }
            for try await event in payee.events(after: after) {
                if case .received(let payment) = event.kind { hear.yield(payment) }
            }
        }
        for try await connection in payee.connection where connection.line == .stream { break }
        return Pair(payer: payer, payee: payee, received: received)
    }

    /// Pages of history: what one of so many took.
    func pages(limit: Int, _ times: Int) async throws -> Double {
        try await nanoseconds(times) {
            let page = try await payer.history(before: nil, limit: limit)
            precondition(page.count == limit)
        }
    }

    /// What is awaited and asks the least of the wallet.
    func awaited(_ times: Int) async throws -> Double {
        try await nanoseconds(times) { _ = try await payer.account.keepsPhrase() }
    }

    /// Payments: what one of so many took.
    func pay(_ times: Int) async throws -> Double {
        var took = 0.0
        for _ in 0..<times { took += try await pay() }
        return took / Double(times)
    }

    /// One payment, from the request that is there to the payee's event, with the memo.
    private func pay() async throws -> Double {
        let request = try await payee.requests.create(try one)
        // What a request leaves to be done is not part of the payment.
        try await payee.sync()
        var received = received.makeAsyncIterator()
        let began = ContinuousClock.now
        let draft = try await payer.prepare(.scanned(request.link), memo: memo)
        let sent = try await payer.confirm(draft)
        guard let heard = await received.next() else { fatalError("the payee does not listen any more") }
        let took = began.duration(to: .now)
        let payment = try await payee.payment(heard)
        precondition(payment.memo == memo && payment.request == request.id)
        guard try await payer.outcome(of: sent.id).isSettled else { fatalError("the payment is not settled") }
        return took.nanoseconds
    }

    func close() async {
        await payer.close()
        await payee.close()
    }
}

extension Wallet {
    /// The newest event: a request makes one, and those of the past come before it.
    fileprivate func last() async throws -> EventSeq {
        let request = try await requests.create(try one)
        for try await event in events(after: .start) where event.kind == .requestOpen(request.id) { return event.seq }
        fatalError("the wallet was closed")
    }
}

/// The least there is.
private var one: Money { get throws { try Money("0.000001", "USD", scale: 6) } }
