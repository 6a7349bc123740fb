/** Languages that subtitles come in, and which of them a file's name speaks of. Pure. */

/** ISO 639-1, with the other codes and the English names that file names use. */
const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  ar: ["ara", "arabic"],
  bg: ["bul", "bulgarian"],
  bn: ["ben", "bengali"],
  ca: ["cat", "catalan"],
  cs: ["cze", "ces", "czech"],
  da: ["dan", "danish"],
  de: ["ger", "deu", "german", "deutsch"],
  el: ["gre", "ell", "greek"],
  en: ["eng", "english"],
  es: ["spa", "spanish", "espanol", "castellano"],
  et: ["est", "estonian"],
  fa: ["per", "fas", "persian", "farsi"],
  fi: ["fin", "finnish"],
  fr: ["fre", "fra", "french", "francais"],
  he: ["heb", "hebrew"],
  hi: ["hin", "hindi"],
  hr: ["hrv", "croatian"],
  hu: ["hun", "hungarian"],
  id: ["ind", "indonesian"],
  is: ["ice", "isl", "icelandic"],
  it: ["ita", "italian", "italiano"],
  ja: ["jpn", "japanese"],
  ko: ["kor", "korean"],
  lt: ["lit", "lithuanian"],
  lv: ["lav", "latvian"],
  ms: ["may", "msa", "malay"],
  nl: ["dut", "nld", "dutch", "nederlands"],
  no: ["nor", "nob", "norwegian", "norsk"],
  pl: ["pol", "polish", "polski"],
  pt: ["por", "portuguese", "portugues"],
  ro: ["rum", "ron", "romanian"],
  ru: ["rus", "russian"],
  sk: ["slo", "slk", "slovak"],
  sl: ["slv", "slovenian"],
  sr: ["srp", "serbian"],
  sv: ["swe", "swedish", "svenska"],
  th: ["tha", "thai"],
  tr: ["tur", "turkish", "turkce"],
  uk: ["ukr", "ukrainian"],
  vi: ["vie", "vietnamese"],
  zh: ["chi", "zho", "chinese"],
};

export interface LanguageChoice {
  code: string;
  name: string;
}

/** Every language with its name in the reader's own, in that order. */
export function languageChoices(locale: string): LanguageChoice[] {
  const names = new Intl.DisplayNames([locale], { type: "language" });
  return Object.keys(LANGUAGES)
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((a, b) => a.name.localeCompare(b.name, locale));
}

/** "Night.Train.2021.eng.forced.srt" -> "en"; null when the name says nothing. The last word that fits counts. */
export function guessLanguage(fileName: string): string | null {
  const words = fileName.toLowerCase().split(/[^a-z]+/);
  // The first word belongs to the film ("It", "No", "Id"); the last one is the kind of file.
  for (const word of words.slice(1, -1).reverse()) {
    const found = Object.entries(LANGUAGES).find(([code, others]) => word === code || others.includes(word));
    if (found) return found[0];
  }
  return null;
}
