import Farthing
import SwiftUI
import UIKit

/// Asks for an amount with a QR code, and turns green when it was paid.
struct RequestView: View {
    let wallet: any Wallet
    @State private var typed = ""
    @State private var request: Request?
    @State private var sale = SaleFlow.State.waiting
    @State private var sentence: String?

    var body: some View {
        Form {
            if let request {
                if let code = code(of: request) { Image(uiImage: code).interpolation(.none).resizable().scaledToFit() }
                switch sale {
                case .waiting: ProgressView()
                case .paid(let payment, let late):
                    Text(late ? "Paid \(payment.amount.description), late" : "Paid \(payment.amount.description)")
                        .foregroundStyle(.green)
                case .expired: Text("Expired")
                case .cancelled: Text("Cancelled")
                case .failed: Text("The verifier did not take it")
                }
            } else {
                TextField("How much?", text: $typed)
                Button("Ask") { Task { await ask() } }
            }
            if let sentence { Text(sentence) }
        }
        .task(id: request?.id) { await follow() }
    }

    private func ask() async {
        do {
            request = try await wallet.requests.create(wallet.parseMoney(typed))
        } catch {
            sentence = error.sentence
        }
    }

    private func follow() async {
        guard let request else { return }
        do {
            for try await state in SaleFlow(wallet: wallet, request: request) { sale = state }
        } catch {
            // Cancelled, since the screen is gone; or the wallet's next answer says what is wrong.
        }
    }

    private func code(of request: Request) -> UIImage? {
        (try? Farthing.drawQR(request.link, scale: 4)).flatMap { UIImage(data: $0.png) }
    }
}
