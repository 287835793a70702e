// swift-tools-version: 6.0

import PackageDescription

// What scripts/bench runs to measure the Swift library. Nothing of it is shipped: it is a package of its own, so that the library's
// has no product for it. scripts/swift-linux writes the floor, and compiles all of it with --bench only; without, it looks whether
// these files are formatted.
let strict: [SwiftSetting] = Context.environment["FARTHING_CHECK"] == "1" ? [.unsafeFlags(["-warnings-as-errors"])] : []

let package = Package(
    name: "FarthingBench",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "Farthing", path: "../../..")],
    targets: [
        .systemLibrary(name: "FloorFFI", path: "Generated/FloorFFI"),
        .target(
            name: "FloorGenerated",
            dependencies: ["FloorFFI"],
            path: "Generated/FloorGenerated",
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .executableTarget(
            name: "farthing-bench",
            dependencies: ["FloorGenerated", .product(name: "Farthing", package: "Farthing")],
            path: "Sources",
            swiftSettings: strict
        ),
    ]
)
