package farthing.android

/** Why Android's Keystore did not do what it was asked to. Which of them it is decides what an app says next. */
public class KeystoreException internal constructor(
    /** Which it is. */
    public val reason: Reason,
    cause: Throwable? = null,
) : Exception(reason.sentence, cause) {
    /** What stands in the way. */
    public enum class Reason(internal val sentence: String) {
        /** The phone is locked, or the key wants its owner first. Later it works. */
        Locked("The phone is locked. Unlock it and try again."),

        /** The key is there and will never work again, as when fingerprints changed or the screen lock was taken away. */
        Invalidated("The phone has thrown this key away. It cannot be used any more."),

        /** There is no such key. */
        Missing("The phone has no such key."),

        /** Anything else; it may work the next time. */
        Unavailable("The phone's keys are not available at the moment. Try again."),
    }
}
