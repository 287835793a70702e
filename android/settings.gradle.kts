// For Android Studio. The build that is run and tested is Maven's (pom.xml); keep versions in step with it.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "farthing"
include(":farthing-kotlin", ":farthing-testkit", ":farthing-android", ":sample")
