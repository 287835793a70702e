import Farthing
import SwiftUI

/// A small wallet: opens, pays what is scanned or pasted, and asks to be paid.
@main
struct SampleApp: App {
    @StateObject private var model = WalletModel()

    var body: some Scene {
        WindowGroup { RootView(model: model).task { await model.open() } }
    }
}

/// What is in the app's folder.
@MainActor
final class WalletModel: ObservableObject {
    enum State {
        case opening
        case empty(EmptyFolder)
        case open(any Wallet)
        case needsRecovery(LostWallet)
        case failed(String)
    }

    @Published private(set) var state = State.opening
    @Published private(set) var balances: [Balance] = []
    private var lifecycle: AppLifecycle?

    func open() async {
        do {
            let place = try Place(in: .applicationSupportDirectory.appending(path: "farthing"))
            let key = try KeychainKey.sealing(place.keys)
            let keys = Keys.sealed(
                file: place.keys, stateFolder: place.state, key: key, approver: SecureEnclaveKey(tag: "farthing"))
            switch try await Farthing.open(folder: place.wallet, keys: keys) {
            case .ready(let wallet): opened(wallet)
            case .empty(let folder): state = .empty(folder)
            case .needsRecovery(let lost): state = .needsRecovery(lost)
            }
        } catch {
            state = .failed(error.localizedDescription)
        }
    }

    func enrol(in folder: EmptyFolder, invite: String) async {
        do {
            opened(try await folder.enrol(invite: invite))
        } catch {
            state = .failed(error.localizedSentence)
        }
    }

    /// Keeps the balances as the events have it, for as long as the screen is there.
    func follow(_ wallet: any Wallet) async {
        do {
            balances = try await wallet.balances()
            for try await _ in wallet.events(after: .start) { balances = try await wallet.balances() }
        } catch {
            // Cancelled, since the screen is gone; or the wallet's next answer says what is wrong.
        }
    }

    private func opened(_ wallet: any Wallet) {
        lifecycle = AppLifecycle(wallet: wallet)
        state = .open(wallet)
    }
}

struct RootView: View {
    @ObservedObject var model: WalletModel
    @State private var invite = ""

    var body: some View {
        switch model.state {
        case .opening:
            ProgressView()
        case .empty(let folder):
            Form {
                TextField("Invite", text: $invite)
                Button("Open an account") { Task { await model.enrol(in: folder, invite: invite) } }
            }
        case .open(let wallet):
            NavigationStack {
                List {
                    ForEach(model.balances, id: \.self) { Text($0.available.description) }
                    NavigationLink("Pay") { PayView(wallet: wallet) }
                    NavigationLink("Ask") { RequestView(wallet: wallet) }
                }
                .task { await model.follow(wallet) }
            }
        case .needsRecovery(let lost):
            Text(lost.reason.localizedSentence)
        case .failed(let sentence):
            VStack {
                Text(sentence)
                Button("Try again") { Task { await model.open() } }
            }
        }
    }
}
