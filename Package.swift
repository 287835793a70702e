// swift-tools-version: 6.0

import Foundation
import PackageDescription

// The native library: on Apple's systems a framework that has it for each of them, if one was built; else it is found by the
// linker, as on Linux (see scripts/swift-linux).
let framework = "ios/FarthingFFI.xcframework"
let hasFramework = FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(framework)")
let library: Target =
    hasFramework
    ? .binaryTarget(name: "FarthingFFI", path: framework)
    : .systemLibrary(name: "FarthingFFI", path: "ios/Generated/FarthingFFI")

// Said by our own scripts only: a package that others build must not fail by what a newer compiler warns of.
let strict: [SwiftSetting] = Context.environment["FARTHING_CHECK"] == "1" ? [.unsafeFlags(["-warnings-as-errors"])] : []

let package = Package(
    name: "Farthing",
    defaultLocalization: "en",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "Farthing", targets: ["Farthing"])
    ],
    targets: [
        library,
        // What uniffi generates is of an older language mode, and in nobody's sight.
        .target(
            name: "FarthingGenerated",
            dependencies: ["FarthingFFI"],
            path: "ios/Generated/FarthingGenerated",
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .target(
            name: "Farthing",
            dependencies: ["FarthingGenerated", "FarthingFFI"],
            path: "ios/Sources/Farthing",
            resources: [.process("Resources")],
            swiftSettings: strict
        ),
        .target(
            name: "FarthingTestKit",
            dependencies: ["Farthing"],
            path: "ios/Sources/FarthingTestKit",
            swiftSettings: strict
        ),
        // What must be tried in a process of its own.
        .executableTarget(
            name: "farthing-test-app",
            dependencies: ["Farthing", "FarthingTestKit", "Probe"],
            path: "ios/Tests/TestApp",
            swiftSettings: strict
        ),
        // Sees which thread asks files and sockets for something.
        .target(name: "Probe", path: "ios/Tests/Probe"),
        // Somebody of the scenarios: scenarios/README.md says what a person is.
        .executableTarget(
            name: "farthing-person",
            dependencies: ["Farthing"],
            path: "ios/Person",
            swiftSettings: strict
        ),
        // The program of docs/embedding.md.
        .executableTarget(
            name: "farthing-example",
            dependencies: ["Farthing"],
            path: "ios/Examples/Pay",
            swiftSettings: strict
        ),
        .testTarget(
            name: "FarthingTests",
            dependencies: ["Farthing", "FarthingTestKit", "farthing-test-app", "farthing-person", "farthing-example"],
            path: "ios/Tests/FarthingTests",
            swiftSettings: strict
        ),
    ]
)
