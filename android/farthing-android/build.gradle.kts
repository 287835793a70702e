plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "farthing.android"
    compileSdk = 35
    defaultConfig {
        minSdk = 28
        consumerProguardFiles("proguard.txt")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    // scripts/build-android puts the native libraries there.
    sourceSets["main"].jniLibs.srcDir("../../target/android/jni")
    sourceSets["main"].kotlin.srcDir("src/main/kotlin")
}

kotlin {
    jvmToolchain(17)
    explicitApi()
}

dependencies {
    api(project(":farthing-kotlin"))
    api(libs.fragment)
    implementation(libs.biometric)
    implementation(libs.lifecycle.process)
    implementation(libs.coroutines.android)
    implementation(libs.jna) { artifact { type = "aar" } }
}
