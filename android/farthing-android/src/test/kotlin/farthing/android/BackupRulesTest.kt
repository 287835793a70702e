package farthing.android

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.xmlpull.v1.XmlPullParser

class BackupRulesTest : AndroidTest() {
    /** What each section leaves out. */
    private fun excluded(resource: Int): Map<String, List<Pair<String, String>>> {
        val found = LinkedHashMap<String, MutableList<Pair<String, String>>>()
        app.resources.getXml(resource).use { xml ->
            var section = ""
            while (xml.next() != XmlPullParser.END_DOCUMENT) {
                if (xml.eventType != XmlPullParser.START_TAG) continue
                when (xml.name) {
                    "exclude" -> found.getValue(section).add(
                        xml.getAttributeValue(null, "domain") to xml.getAttributeValue(null, "path"),
                    )
                    // What is included is all that is taken: then the rest would need no rule, and ours would mean something else.
                    "include" -> error("something is included")
                    else -> {
                        section = xml.name
                        found[section] = mutableListOf()
                    }
                }
            }
        }
        return found
    }

    @Test
    fun `neither the cloud nor the next phone gets the wallet`() {
        val out = listOf("root" to "no_backup/farthing", "file" to "farthing")
        assertEquals(out, excluded(R.xml.farthing_backup_rules)["full-backup-content"])
        val rules = excluded(R.xml.farthing_data_extraction_rules)
        assertEquals(out, rules["cloud-backup"])
        assertEquals(out, rules["device-transfer"])
    }

    @Test
    fun `the wallet is where the rules say`() {
        val folder = AndroidKeys(app, "any").folder
        assertTrue(folder.startsWith(app.dataDir.toPath().resolve("no_backup/farthing")))
    }
}
