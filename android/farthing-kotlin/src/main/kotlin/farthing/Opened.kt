package farthing

import java.nio.file.Path

/** What is in a folder. */
public sealed interface Opened {
    /** A wallet. */
    public interface Ready : Opened {
        /** It, open. */
        public val wallet: Wallet
    }

    /** Nothing, or an enrolment that was begun. */
    public interface Empty : Opened {
        /**
         * Opens an account with an invite's link. One that was interrupted is taken up where it stopped, with the same invite.
         *
         * [name] is what we call ourselves; [alias] the address to be paid at, or one is made up.
         */
        public suspend fun enrol(invite: String, name: String? = null, alias: String? = null): Wallet

        /** Restores the account of a phrase. Its other devices are revoked, unless they are to stay. */
        public suspend fun restore(
            invite: String,
            phrase: PhraseEntry,
            name: String? = null,
            keepDevices: Boolean = false,
        ): Wallet

        /** Answers the code of [Devices.show] on the owner's phone, to become a device of that account. */
        public suspend fun join(offer: String): Joining
    }

    /** An account whose keys or file are gone. A new, empty wallet is never made in its place. */
    public interface NeedsRecovery : Opened {
        /** Why. */
        public val reason: Problem

        /**
         * Restores the account of a phrase in another, empty folder with keys of its own: what is left in this one stays for
         * whoever can still read it. A restoration that was interrupted is taken up with the folder and keys it was begun with.
         */
        public suspend fun restore(
            folder: Path,
            keys: Keys,
            invite: String,
            phrase: PhraseEntry,
            name: String? = null,
            keepDevices: Boolean = false,
        ): Wallet
    }
}
