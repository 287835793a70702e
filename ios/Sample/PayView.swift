import Farthing
import SwiftUI
import VisionKit

/// Pays what is scanned or pasted. The flow has the rules; here is what they look like.
struct PayView: View {
    private let flow: PayFlow
    @State private var state = PayFlow.State.idle
    @State private var amount = ""
    private let wallet: any Wallet

    init(wallet: any Wallet) {
        self.wallet = wallet
        flow = PayFlow(wallet: wallet)
    }

    var body: some View {
        Form {
            switch state {
            case .idle:
                reading
            case .reading, .paying:
                ProgressView()
            case .amountNeeded:
                TextField("How much?", text: $amount)
                Button("Go on") {
                    Task {
                        guard let amount = try? await wallet.parseMoney(amount) else { return }
                        await flow.choose(amount)
                    }
                }
            case .review(let draft, let because):
                if let because { Text(because.sentence) }
                DraftView(draft: draft)
                Button("Pay \(draft.total.description)") { Task { await flow.approve(draft) } }
            case .unresolved(_, let because):
                Text(because.sentence)
                Button("Look again") { Task { await flow.check() } }
            case .ended(.settled(let payment)):
                Text("Paid \(payment.amount.description)")
            case .ended(.refused(_, let why)), .ended(.unknown(_, let why)):
                Text(why.sentence)
            case .failed(let error):
                Text(error.sentence)
                reading
            }
        }
        .task { for await state in flow.states() { self.state = state } }
    }

    @ViewBuilder private var reading: some View {
        PasteButton(payloadType: String.self) { texts in
            guard let text = texts.first else { return }
            Task { await flow.read(text) }
        }
        if DataScannerViewController.isSupported {
            Scanner { text in Task { await flow.read(text) } }.frame(height: 300)
        }
    }
}

/// All that is signed.
struct DraftView: View {
    let draft: Draft

    var body: some View {
        LabeledContent("To", value: draft.payee.contact ?? draft.payee.alias ?? "")
        // What somebody calls itself is no proof of who it is.
        if let name = draft.payee.calledItself { LabeledContent("Calls itself", value: name) }
        if draft.warnings.contains(.unverifiedPayee) { Text("Nobody has checked who this is.") }
        if let memo = draft.requestMemo { LabeledContent("For", value: memo) }
        ForEach(draft.items, id: \.self) { LabeledContent($0.name, value: $0.amount.description) }
        LabeledContent("Amount", value: draft.amount.description)
        LabeledContent("Fee", value: draft.fee.description)
    }
}

/// The camera, looking for QR codes.
struct Scanner: UIViewControllerRepresentable {
    let found: @MainActor (String) -> Void

    func makeUIViewController(context: Context) -> DataScannerViewController {
        let scanner = DataScannerViewController(recognizedDataTypes: [.barcode(symbologies: [.qr])])
        scanner.delegate = context.coordinator
        try? scanner.startScanning()
        return scanner
    }

    func updateUIViewController(_ scanner: DataScannerViewController, context: Context) {}

    func makeCoordinator() -> Coordinator { Coordinator(found: found) }

    @MainActor
    final class Coordinator: NSObject, DataScannerViewControllerDelegate {
        private let found: @MainActor (String) -> Void

        init(found: @escaping @MainActor (String) -> Void) { self.found = found }

        func dataScanner(_ scanner: DataScannerViewController, didAdd added: [RecognizedItem], allItems: [RecognizedItem]) {
            for case .barcode(let code) in added {
                guard let text = code.payloadStringValue else { continue }
                scanner.stopScanning()
                found(text)
                return
            }
        }
    }
}
