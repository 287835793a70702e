import Farthing
import FarthingTestKit
import Testing

@Suite struct PaymentTests {
    @Test func aRequestIsPaidAndBothSidesHoldTheReceipt() async throws {
        try await World.with { world in
            let (ann, ben) = (world.ann.wallet, world.ben.wallet)
            let items = [Item("2 tacos", try usd("4.00")), Item("Salsa", try usd("0.50"))]
            let request = try await ben.requests.create(usd("4.50"), items: items, memo: "Order 17", expires: .seconds(300))
            #expect(request.state == .open)
            #expect(try Farthing.recognise(request.link) == .request)

            let draft = try await ann.prepare(.scanned(request.link), memo: "No onions, please")
            #expect(draft.payee.calledItself == "Ben")
            #expect(draft.payee.trust == .request)
            #expect([draft.amount, draft.fee, draft.total].map(\.description) == ["4.50 USD", "0.00 USD", "4.50 USD"])
            #expect(draft.requestMemo == "Order 17")
            #expect(draft.items == items)

            let payment = try await ann.confirm(draft)
            #expect(payment.id == draft.id.payment)
            let end = try await ann.outcome(of: payment.id)
            #expect(end.isSettled)
            #expect(end.payment.state == .settled)
            #expect(try await ann.available() == "15.50 USD")

            // Ben does nothing but listen.
            let paid = try await ben.until { $0.isRequestPaid }.last
            guard case .requestPaid(let id, let by) = paid?.kind else { throw Unexpected("\(String(describing: paid))") }
            #expect(id == request.id)
            let credit = try await ben.payment(by)
            #expect(credit.direction == .in)
            #expect(try credit.amount == usd("4.50"))
            #expect(credit.memo == "No onions, please")
            #expect(credit.name == "Ann")
            #expect(credit.request == request.id)
            #expect(try await ben.available() == "24.50 USD")
            let receipts = (try await ann.receipt(of: payment.id), try await ben.receipt(of: by))
            #expect(receipts.0 == receipts.1)
            #expect(try await ben.requests.list().first { $0.id == request.id }?.state == .paid)
        }
    }

    @Test func aDraftConfirmedTwicePaysOnce() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            async let one = ann.confirm(draft)
            async let other = ann.confirm(draft)
            let confirmed = try await (one, other)
            #expect(confirmed.0.id == confirmed.1.id)
            #expect(try await ann.outcome(of: confirmed.0.id).isSettled)
            #expect(try await ann.confirm(draft).id == confirmed.0.id)
            #expect(try await world.received().map(\.amount) == [usd("4.50")])
            #expect(try await ann.available() == "15.50 USD")
        }
    }

    @Test func aVerifierThatIsAwayAndComesBackPaysOnce() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            await world.town.verifier.stop()
            let payment = try await ann.confirm(draft)
            guard case .unknown(_, let because) = try await ann.outcome(of: payment.id, wait: .zero) else {
                throw Unexpected("an outcome")
            }
            #expect(because.moneyMoved == .unknown)
            #expect(because.action == .sync)
            #expect(try await ann.balances().first?.held.description == "4.50 USD")
            let offline = try await failure(FarthingError.offline) { try await ann.sync() }
            #expect(offline.moneyMoved == .unknown)
            #expect(offline.retry == .later)

            try await world.town.verifier.start()
            #expect(try await ann.sync().unfinished == 0)
            #expect(try await ann.outcome(of: payment.id).isSettled)
            #expect(try await world.received().count == 1)
            #expect(try await ann.available() == "15.50 USD")
        }
    }

    @Test func tooLittleMoneyIsRefusedBeforeAnythingIsSigned() async throws {
        try await World.with { world in
            let refused = try await failure(FarthingError.denied) { try await world.draft("20.01") }
            #expect(refused.code == 327)
            #expect(refused.kind == "insufficient_balance")
            #expect(refused.moneyMoved == .no)
            #expect(refused.retry == .afterAction)
            #expect(refused.action == .addMoney)
            #expect(try await world.ann.wallet.available() == "20.00 USD")
        }
    }

    @Test func aTextThatIsNothingToPayIsRefusedAsSuch() async throws {
        try await World.with { world in
            let ann = world.ann.wallet
            for (text, kind) in [
                ("https://example.com/menu", "other_scheme"), ("two tacos, please", "not_recognised"),
            ] {
                let refused = try await failure(FarthingError.unreadable) {
                    try await ann.prepare(.scanned(text), amount: usd("1.00"))
                }
                #expect(refused.kind == kind)
                #expect(refused.moneyMoved == .no)
                #expect(refused.action == .correctInput)
                #expect(try await failure(FarthingError.unreadable) { try Farthing.recognise(text) }.kind == kind)
            }
            let invite = try await world.town.verifier.invite()
            #expect(try Farthing.recognise(invite) == .invite)
            let refused = try await failure(FarthingError.unreadable) { try await ann.prepare(.scanned(invite)) }
            #expect(refused.kind == "not_a_payee")
        }
    }

    @Test func onesOwnRequestIsRefused() async throws {
        try await World.with { world in
            let own = try await world.ann.wallet.requests.create(usd("1.00"))
            let refused = try await failure(FarthingError.denied) { try await world.ann.wallet.prepare(.scanned(own.link)) }
            #expect(refused.code == 325)
            #expect(refused.kind == "own_handle")
            #expect(refused.moneyMoved == .no)
            #expect(refused.retry == .never)
            #expect(refused.action == .none)
        }
    }

    @Test func aRequestThatSomebodyElseHasPaidIsRefusedAndNothingMoves() async throws {
        try await World.with { world in
            let cat = try await world.town.person("Cat").wallet
            let request = try await world.ben.wallet.requests.create(usd("4.50"))
            // Both have scanned it before either has paid.
            let first = try await world.ann.wallet.prepare(.scanned(request.link))
            let second = try await cat.prepare(.scanned(request.link))
            #expect(try await world.ann.wallet.outcome(of: world.ann.wallet.confirm(first).id).isSettled)
            guard case .refused(let payment, let why) = try await cat.outcome(of: cat.confirm(second).id) else {
                throw Unexpected("not refused")
            }
            #expect(why.kind == "request_used")
            #expect(why.moneyMoved == .no)
            #expect(why.action == .askPayee)
            #expect(payment.state == .refused)
            #expect(try await cat.available() == "20.00 USD")
            #expect(try await world.received().count == 1)
            await cat.close()
        }
    }

    @Test func anOpenRequestIsPaidWithWhatThePayerTypes() async throws {
        try await World.with { world in
            let ann = world.ann.wallet
            let request = try await world.ben.wallet.requests.create(nil, memo: "Tips", standing: true)
            let needed = try await failure(FarthingError.misuse) { try await ann.prepare(.scanned(request.link)) }
            #expect(needed.kind == "amount_needed")
            let typed = try await ann.parseMoney("1.25")
            #expect(try typed == usd("1.25"))
            #expect(try await failure(FarthingError.unreadable) { try await ann.parseMoney("one") }.kind == "not_an_amount")
            for _ in 0..<2 {
                let draft = try await ann.prepare(.scanned(request.link), amount: typed)
                #expect(try await ann.outcome(of: ann.confirm(draft).id).isSettled)
            }
            #expect(try await world.received().map(\.amount) == [typed, typed])
        }
    }

    @Test func aDiscardedDraftAndACancelledRequestCannotBePaid() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            try await ann.discard(draft.id)
            #expect(try await failure(FarthingError.misuse) { try await ann.confirm(draft) }.kind == "payment_unknown")
            let request = try await world.ben.wallet.requests.create(usd("1.00"))
            #expect(try await world.ben.wallet.requests.cancel(request.id) == .cancelled)
            let late = try await ann.prepare(.scanned(request.link))
            guard case .refused(_, let why) = try await ann.outcome(of: ann.confirm(late).id) else {
                throw Unexpected("not refused")
            }
            #expect(why.kind == "request_cancelled")
            #expect(why.moneyMoved == .no)
            #expect(why.action == .askPayee)
            #expect(try await ann.available() == "20.00 USD")
        }
    }

    @Test func aDraftThatWasShownOtherwiseIsNotSigned() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            var other = draft
            other.shown = try await world.draft("1.00").shown
            let refused = try await failure(FarthingError.misuse) { [other] in try await ann.confirm(other) }
            #expect(refused.kind == "not_what_was_approved")
            #expect(refused.action == .confirmAgain)
            #expect(try await ann.draft(draft.id) == draft)
        }
    }

    @Test func twoTasksPayFromOneWalletAtOnce() async throws {
        try await World.with { world in
            let ann = world.ann.wallet
            let links = try await [world.ben.wallet.requests.create(usd("4.50")), world.ben.wallet.requests.create(usd("1.00"))]
                .map(\.link)
            let settled = try await withThrowingTaskGroup(of: Bool.self) { group in
                for link in links {
                    group.addTask {
                        let draft = try await ann.prepare(.scanned(link))
                        return try await ann.outcome(of: ann.confirm(draft).id).isSettled
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(settled == [true, true])
            #expect(try await ann.available() == "14.50 USD")
            #expect(try await world.received().count == 2)
        }
    }

    @Test func twoPeopleMeetCompareCodesAndPayEachOtherByName() async throws {
        try await World.with { world in
            let (ann, ben) = (world.ann.wallet, world.ben.wallet)
            let shown = try await ann.pairing.show()
            let offer = try #require(shown.offer)
            #expect(try Farthing.recognise(offer) == .pairing)
            let scanned = try await ben.pairing.scan(offer)
            #expect(scanned.offer == nil)
            async let ours = shown.checkCode()
            async let theirs = scanned.checkCode()
            let codes = try await (ours, theirs)
            #expect(codes.0 == codes.1)
            #expect(try #require(codes.0).filter(\.isNumber).count == 6)
            try await shown.answer(same: true)
            try await scanned.answer(same: true)
            async let met = shown.contact()
            async let metBack = scanned.contact()
            let contacts = try await (met, metBack)
            #expect(contacts.0?.name == "Ben")
            #expect(contacts.1?.name == "Ann")

            let benjamin = try await ann.contacts.rename(#require(contacts.0), to: "Benjamin")
            #expect(try await ann.contacts.list() == [benjamin])
            let draft = try await ann.prepare(.contact(benjamin), amount: usd("3.00"))
            #expect(draft.payee.contact == "Benjamin")
            #expect(try await ann.outcome(of: ann.confirm(draft).id).isSettled)
            #expect(try await ann.contacts.block(benjamin).blocked)
            let blocked = try await failure(FarthingError.denied) {
                try await ann.prepare(.contact(benjamin), amount: usd("3.00"))
            }
            #expect(blocked.kind == "contact_blocked")
            #expect(try await ann.contacts.unblock(benjamin).blocked == false)
            #expect(try await world.received().map(\.amount) == [usd("3.00")])
        }
    }

    @Test func codesThatDifferMakeNobodyAContact() async throws {
        try await World.with { world in
            let shown = try await world.ann.wallet.pairing.show()
            let scanned = try await world.ben.wallet.pairing.scan(#require(shown.offer))
            async let ours = shown.checkCode()
            async let theirs = scanned.checkCode()
            _ = try await (ours, theirs)
            let differ = try await failure(FarthingError.misbehaved) { try await shown.answer(same: false) }
            #expect(differ.kind == "codes_differ")
            #expect(differ.moneyMoved == .no)
            #expect(try await world.ann.wallet.contacts.list().isEmpty)
        }
    }
}
