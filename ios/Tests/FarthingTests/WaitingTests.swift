import Foundation
import Testing

@testable import Farthing

/// The one place where a waiting task is resumed: once, whoever comes first.
@Suite struct WaitingTests {
    private actor Count {
        private(set) var done = 0

        func add() { done += 1 }
    }

    @Test func whatIsToBeCompletedIsAndOthersStopWaitingForItAtOnce() async throws {
        let (count, rounds) = (Count(), 2000)
        var taken = 0
        for round in 0..<rounds {
            let waiting = Task {
                try await completed {
                    await count.add()
                    return round
                }
            }
            if round.isMultiple(of: 3) { await Task.yield() }
            if round.isMultiple(of: 2) { waiting.cancel() }
            switch await waiting.result {
            case .success(let value):
                #expect(value == round)
                taken += 1
            case .failure(let error):
                #expect(error as? FarthingError == .cancelled)
                #expect(round.isMultiple(of: 2))
            }
        }
        #expect(taken >= rounds / 2)
        // A task that was cancelled before it called has begun nothing.
        #expect(await (taken...rounds).contains(count.done))
    }

    @Test func theFirstAnswerCountsWhoeverGivesIt() async throws {
        for _ in 0..<500 {
            let waiting = Waiting<Int>()
            async let answer = Result { () async throws(FarthingError) -> Int in try await waiting.answer {} }
            let firsts = await withTaskGroup(of: Bool.self) { group in
                for giver in 0..<8 { group.addTask { waiting.give(.success(giver)) } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(firsts == 1)
            #expect(try await (0..<8).contains(answer.get()))
        }
    }

    @Test func whateverElseIsThrownIsAFaultOfTheLibrary() async throws {
        struct Other: Error {}
        let waited = await Result { () async throws(FarthingError) -> Void in try await awaited { throw Other() } }
        #expect(throws: FarthingError.misuse(.internal)) { try waited.get() }
    }

    @Test func durationsCrossAsWholeMilliseconds() {
        #expect(Duration.zero.ms == 0)
        #expect(Duration.milliseconds(-1).ms == 0)
        #expect(Duration.seconds(-5).ms == 0)
        #expect(Duration.microseconds(1999).ms == 1)
        #expect((Duration.seconds(1) + .milliseconds(500)).ms == 1500)
        #expect(Duration.seconds(Int64.max).ms == 86_400_000)
    }

    @Test func aPauseThatEndsWakesEveryoneAndOnceOnly() async throws {
        let life = Life()
        life.become(.paused)
        let waiting = (0..<20).map { _ in Task { try await life.goesOn() } }
        try await Task.sleep(for: .milliseconds(50))
        waiting[0].cancel()
        await #expect(throws: FarthingError.cancelled) { try await waiting[0].value }
        life.become(.open)
        for each in waiting.dropFirst() { try await each.value }
        try await life.goesOn()
        #expect(life.pauses == 1)
    }

    @Test func aLifeThatEndedStaysEnded() async throws {
        let life = Life()
        life.become(.paused)
        let waiting = Task { try await life.goesOn() }
        life.become(.closed)
        try await waiting.value
        life.become(.paused)
        #expect(life.phase == .closed)
        try await life.goesOn()
    }
}

extension Result where Failure == FarthingError {
    fileprivate init(_ work: () async throws(FarthingError) -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
