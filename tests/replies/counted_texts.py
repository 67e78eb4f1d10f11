# ruff: noqa: E501, RUF001 - Chinese has its own commas, and Korean is wider than it is long
"""Texts, and how many tokens public tokenizers make of them.

They were counted once, with the tokenizers themselves: o200k (GPT-4o and newer), that of DeepSeek, cl100k (GPT-4), that
of older Claude models, and that of Mistral 7B, which knows 32,000 tokens.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Counted(NamedTuple):
    """A text and its tokens."""

    kind: str
    o200k: int
    deepseek: int
    most: int
    """By the tokenizer, of the five, that makes the most of it."""
    text: str


COUNTED: Final = (
    Counted(
        "english",
        69,
        69,
        76,
        "The committee met again on Thursday to discuss whether the bridge "
        "should be repaired or replaced. Engineers had warned, more than once, "
        "that the northern pillar was sinking by about two centimetres a year, "
        "and that nobody could say how long it would hold. After three hours of "
        "debate they agreed to postpone the decision until spring, which pleased "
        "no one.",
    ),
    Counted(
        "technical",
        49,
        57,
        66,
        "The scheduler uses a priority queue keyed by deadline; asynchronous "
        "callbacks are deduplicated before serialization, and retransmissions "
        "follow exponential backoff with jitter. Misconfigured TLS termination "
        "or an oversubscribed hypervisor frequently manifests as intermittent "
        "ECONNRESET errors.",
    ),
    Counted(
        "german",
        49,
        68,
        85,
        "Die Gemeinde hat beschlossen, den alten Bahnhof in ein Kulturzentrum "
        "umzubauen. Die Bauarbeiten sollen im Frühjahr beginnen und "
        "voraussichtlich zwei Jahre dauern. Viele Einwohnerinnen und Einwohner "
        "begrüßen die Entscheidung, andere befürchten höhere Grundsteuern.",
    ),
    Counted(
        "french",
        43,
        55,
        64,
        "Le conseil municipal a décidé de rénover l'ancienne gare afin d'y "
        "installer une bibliothèque. Les travaux commenceront au printemps "
        "prochain et dureront environ deux ans, ce qui inquiète déjà certains "  # codespell:ignore ans
        "habitants du quartier.",  # codespell:ignore habitants
    ),
    Counted(
        "spanish",
        40,
        52,
        62,
        "El ayuntamiento decidió restaurar la antigua estación para convertirla "
        "en una biblioteca. Las obras empezarán la próxima primavera y durarán "
        "unos dos años, algo que ya preocupa a muchos vecinos del barrio.",
    ),
    Counted(
        "polish",
        54,
        56,
        90,
        "Rada miasta postanowiła odnowić stary dworzec i urządzić w nim "
        "bibliotekę. Prace rozpoczną się wiosną przyszłego roku i potrwają około "
        "dwóch lat, co niepokoi część mieszkańców dzielnicy.",
    ),
    Counted(
        "finnish",
        54,
        66,
        80,
        "Kaupunginvaltuusto päätti kunnostaa vanhan rautatieaseman kirjastoksi. "
        "Rakennustyöt alkavat ensi keväänä ja kestävät arviolta kaksi vuotta, "
        "mikä huolestuttaa osaa asukkaista.",
    ),
    Counted(
        "turkish",
        53,
        82,
        97,
        "Belediye meclisi eski istasyonu kütüphaneye dönüştürmeye karar verdi. "
        "Çalışmalar önümüzdeki ilkbaharda başlayacak ve yaklaşık iki yıl "
        "sürecek; bu durum bazı mahalle sakinlerini endişelendiriyor.",  # codespell:ignore bu
    ),
    Counted(
        "vietnamese",
        45,
        67,
        125,
        "Hội đồng thành phố đã quyết định cải tạo nhà ga cũ thành một thư viện. "
        "Công trình sẽ bắt đầu vào mùa xuân năm sau và kéo dài khoảng hai năm, "
        "khiến nhiều người dân lo lắng.",
    ),
    Counted(
        "russian",
        48,
        55,
        98,
        "Городской совет решил отремонтировать старый вокзал и открыть в нём "
        "библиотеку. Работы начнутся весной следующего года и продлятся около "
        "двух лет, что беспокоит некоторых жителей района.",
    ),
    Counted(
        "greek",
        56,
        76,
        187,
        "Το δημοτικό συμβούλιο αποφάσισε να ανακαινίσει τον παλιό σταθμό και να "
        "τον κάνει βιβλιοθήκη. Οι εργασίες θα αρχίσουν την επόμενη άνοιξη και θα "
        "διαρκέσουν περίπου δύο χρόνια.",
    ),
    Counted(
        "arabic",
        40,
        47,
        121,
        "قرر مجلس المدينة ترميم المحطة القديمة وتحويلها إلى مكتبة عامة. ستبدأ "
        "الأعمال في الربيع المقبل وتستمر نحو عامين، وهو ما يقلق بعض سكان الحي.",
    ),
    Counted(
        "hebrew",
        55,
        61,
        136,
        "מועצת העיר החליטה לשפץ את תחנת הרכבת הישנה ולהפוך אותה לספרייה. העבודות "
        "יתחילו באביב הבא ויימשכו כשנתיים, דבר שמדאיג חלק מתושבי השכונה.",
    ),
    Counted(
        "hindi",
        43,
        96,
        180,
        "नगर परिषद ने पुराने रेलवे स्टेशन की मरम्मत करके उसे पुस्तकालय बनाने का "
        "निर्णय लिया है। काम अगले वसंत में शुरू होगा और लगभग दो साल चलेगा, जिससे "
        "कुछ निवासी चिंतित हैं।",
    ),
    Counted(
        "thai",
        58,
        52,
        242,
        "สภาเมืองตัดสินใจปรับปรุงสถานีรถไฟเก่าให้เป็นห้องสมุด "
        "งานก่อสร้างจะเริ่มในฤดูใบไม้ผลิหน้าและใช้เวลาประมาณสองปี "
        "ซึ่งทำให้ชาวบ้านบางส่วนกังวล",
    ),
    Counted(
        "chinese",
        46,
        32,
        70,
        "市议会决定翻修旧火车站，把它改建成一座图书馆。工程将于明年春天开始，预计持续两年左右，这让附近的一些居民感到担心。",
    ),
    Counted(
        "japanese",
        60,
        52,
        78,
        "市議会は、古い駅舎を改修して図書館にすることを決めました。工事は来年の春に始まり、およそ二年かかる見込みで、近所の住民の一部は心配しています。",
    ),
    Counted(
        "korean",
        50,
        59,
        97,
        "시의회는 오래된 기차역을 수리하여 도서관으로 바꾸기로 결정했습니다. 공사는 내년 봄에 시작되어 약 이 년 동안 계속될 예정이며, "
        "일부 주민들은 걱정하고 있습니다.",
    ),
    Counted(
        "emoji",
        45,
        50,
        65,
        "Great news! 🎉🎉 We shipped it 🚀 and everyone is happy 😀😃😄 👍🏽 ❤️ 👨‍👩‍👧‍👦 🇬🇧 see you soon 👋",
    ),
    Counted(
        "python",
        100,
        101,
        121,
        "def load(path: Path, *, strict: bool = False) -> dict[str, Any]:\n    "
        '"""Read a file of settings."""\n    with path.open("rb") as '
        "file:\n        data = tomllib.load(file)\n    unknown = data.keys() - "
        "KNOWN_FIELDS\n    if strict and unknown:\n        raise "
        'ValueError(f"unknown fields: {sorted(unknown)!r}")\n    return {name: '
        "convert(value) for name, value in data.items() if name not in unknown}\n",
    ),
    Counted(
        "javascript",
        100,
        102,
        128,
        "export async function fetchUsers(page = 1) {\n  const response = await "
        "fetch(`${BASE_URL}/users?page=${page}&limit=50`, {\n    headers: { "
        'Authorization: `Bearer ${token}`, "Content-Type": "application/json" '
        "},\n  });\n  if (!response.ok) {\n    throw new HttpError(response.status, "
        "await response.text());\n  }\n  return (await "
        "response.json()).items.map((item) => ({ id: item.id, name: "
        "item.displayName }));\n}\n",
    ),
    Counted(
        "json",
        79,
        79,
        98,
        '{"id":4711,"name":"Ada '
        'Lovelace","tags":["mathematics","computing"],"address":{"street":"12 St '
        'James\'s Square","city":"London","postcode":"SW1Y '
        '4JH"},"active":true,"score":98.25,"created_at":"2026-03-14T09:26:53Z","notes":nu'
        "ll}",
    ),
    Counted(
        "digits",
        77,
        77,
        122,
        "Invoice 20261121-00873: 1,249.00 + 19 % = 1,486.31; account 4929 1182 "
        "7730 5561, due 2026-12-05 at 17:30. Phone +44 20 7946 0958, ratio "
        "3.14159265358979.",
    ),
    Counted(
        "markdown",
        77,
        77,
        94,
        "# Release notes\n\n## 2.4.0\n\n- **Faster** start: about `40 %` less time\n- "
        "Fixed: [#812](https://example.org/issues/812), the `--quiet` flag\n\n| "
        "option | default |\n| --- | --- |\n| `retries` | 3 |\n| `timeout` | 30 s |\n",
    ),
    Counted(
        "url",
        33,
        37,
        53,
        "https://www.example.org/products/view?id=98231&ref=newsletter_2026_11&utm_source"
        "=mail&utm_campaign=black-friday#reviews",
    ),
    Counted(
        "uuid",
        81,
        81,
        102,
        "3f2b8c1e-7d4a-4e9b-a1c5-0b9d8e7f6a52 and sha256 "
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    Counted(
        "base64",
        53,
        56,
        69,
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    ),
    Counted(
        "log",
        91,
        93,
        123,
        "2026-11-21T08:14:02.113Z WARN  [worker-7] pool.py:88 connection lost "
        "(errno=104); retrying in 0.83s attempt=2/5 host=10.0.3.17:5432\n"
        "2026-11-21T08:14:02.958Z INFO  [worker-7] pool.py:61 connected after "
        "12ms\n",
    ),
    Counted(
        "spaces",
        26,
        26,
        30,
        "name:          Ada\nage:           36\n\n\n\n          indented text      with   gaps\n\t\ttabs\there\n",
    ),
    Counted(
        "bengali",
        27,
        35,
        150,
        "নগর পরিষদ পুরোনো রেলস্টেশনটি সংস্কার করে একটি গ্রন্থাগার বানানোর সিদ্ধান্ত নিয়েছে।",
    ),
    Counted(
        "georgian",
        23,
        46,
        114,
        "საკრებულომ გადაწყვიტა ძველი სადგურის ბიბლიოთეკად გადაკეთება.",
    ),
    Counted(
        "math",
        54,
        49,
        68,
        "∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−f(a)|<ε; ∫₀^∞ e^{−x²} dx = √π/2 ≈ 0.8862",
    ),
)
