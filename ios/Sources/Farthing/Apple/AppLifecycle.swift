#if canImport(UIKit) && !os(watchOS)
import UIKit

/// Ties a wallet to the life of its app: asleep in the background, where the system ends an app that holds a locked file, and
/// awake in the foreground. Keep it for as long as the wallet is open.
@MainActor
@available(iOSApplicationExtension, unavailable)
public final class AppLifecycle {
    private let lifecycle: Lifecycle
    private var observers: [any NSObjectProtocol] = []

    public init(wallet: any Wallet, catchUp: Duration = .seconds(10)) {
        lifecycle = Lifecycle(wallet: wallet, catchUp: catchUp)
        observe(UIApplication.didEnterBackgroundNotification, .background)
        observe(UIApplication.willEnterForegroundNotification, .foreground)
    }

    /// Stops following the app. The wallet stays as it is.
    public func stop() {
        observers.forEach(NotificationCenter.default.removeObserver)
        observers = []
    }

    private func observe(_ name: Notification.Name, _ phase: Lifecycle.Phase) {
        let observer = NotificationCenter.default.addObserver(forName: name, object: nil, queue: .main) { [lifecycle] _ in
            MainActor.assumeIsolated {
                let time = BackgroundTime(named: "farthing")
                Task {
                    // What stood in the way shows in the wallet's next answer.
                    try? await lifecycle.enter(phase)
                    time.end()
                }
            }
        }
        observers.append(observer)
    }
}

extension Wallet {
    /// Catches up within the time that the system gives in the background, for a push message or a refresh; nil when that was not
    /// enough. What was done stays.
    @MainActor
    @available(iOSApplicationExtension, unavailable)
    public func catchUpInBackground(timeout: Duration = .seconds(20)) async throws(FarthingError) -> Synced? {
        let time = BackgroundTime(named: "farthing")
        defer { time.end() }
        return try await catchUp(timeout: timeout)
    }
}

/// Time in the background, given back exactly once: by whoever is done, or when the system wants it back.
@MainActor
@available(iOSApplicationExtension, unavailable)
private final class BackgroundTime {
    private var task = UIBackgroundTaskIdentifier.invalid

    init(named name: String) {
        task = UIApplication.shared.beginBackgroundTask(withName: name) { [weak self] in
            MainActor.assumeIsolated { self?.end() }
        }
    }

    func end() {
        guard task != .invalid else { return }
        UIApplication.shared.endBackgroundTask(task)
        task = .invalid
    }
}
#endif
