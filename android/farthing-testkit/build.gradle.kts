plugins { alias(libs.plugins.kotlin.jvm) }

kotlin {
    jvmToolchain(17)
    // It makes the library's failures, which nobody else can.
    compilerOptions.freeCompilerArgs.add("-Xfriend-paths=${rootDir}/farthing-kotlin/build/classes/kotlin/main,${rootDir}/farthing-kotlin/build/libs/farthing-kotlin.jar")
}

dependencies { api(project(":farthing-kotlin")) }
