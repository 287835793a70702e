// The generated code and the library in one module here, which is all that an app sees anyway.
plugins { alias(libs.plugins.kotlin.jvm) }

kotlin {
    jvmToolchain(17)
    sourceSets["main"].kotlin.srcDir("src/main/kotlin")
    // scripts/kotlin --generate writes it.
    sourceSets["main"].kotlin.srcDir("../farthing-generated/target/generated-sources/uniffi")
    sourceSets["main"].kotlin.srcDir("../farthing-generated/src/main/kotlin")
}

dependencies {
    api(libs.coroutines.core)
    // Android needs the AAR, a JVM the jar: whoever runs the library chooses.
    compileOnly(libs.jna)
}
