"""Which code points make one emoji for X, that is for the emoji of its public library (Emoji 11).

A newer sequence, such as an astronaut of no gender, counts there as its parts, and so it does
here: it is found longer than it may be, never shorter.
https://docs.x.com/fundamentals/counting-characters
"""

from __future__ import annotations

import re

TONE = "[\U0001f3fb-\U0001f3ff]"
JOINER = "\u200d"
STYLED = "\ufe0f"

SHOWN_AS_TEXT = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf"
    "\u23ed-\u23ef\u23f1\u23f2\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604"
    "\u260e\u2611\u2614\u2615\u2618\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640"
    "\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267f\u2692-\u2697\u2699\u269b"
    "\u269c\u26a0\u26a1\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26cf\u26d1\u26d3"
    "\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f8\u26fa\u26fd\u2702\u2708\u2709\u270f\u2712\u2714\u2716"
    "\u271d\u2721\u2733\u2734\u2744\u2747\u2757\u2763\u2764\u27a1\u2934\u2935\u2b05-\u2b07\u2b1b"
    "\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f004\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f202\U0001f21a\U0001f22f\U0001f237"
    "\U0001f321\U0001f324-\U0001f32c\U0001f336\U0001f37d\U0001f396\U0001f397\U0001f399-\U0001f39b"
    "\U0001f39e\U0001f39f\U0001f3cd\U0001f3ce\U0001f3d4-\U0001f3df\U0001f3f3\U0001f3f5\U0001f3f7"
    "\U0001f43f\U0001f441\U0001f4fd\U0001f549\U0001f54a\U0001f56f\U0001f570\U0001f573"
    "\U0001f576-\U0001f579\U0001f587\U0001f58a-\U0001f58d\U0001f5a5\U0001f5a8\U0001f5b1\U0001f5b2"
    "\U0001f5bc\U0001f5c2-\U0001f5c4\U0001f5d1-\U0001f5d3\U0001f5dc-\U0001f5de\U0001f5e1\U0001f5e3"
    "\U0001f5e8\U0001f5ef\U0001f5f3\U0001f5fa\U0001f6cb\U0001f6cd-\U0001f6cf\U0001f6e0-\U0001f6e5"
    "\U0001f6e9\U0001f6f0\U0001f6f3"
)
"""Emoji that are text unless a variation selector follows."""
HANDS_SHOWN_AS_TEXT = (
    "\u261d\u26f7\u26f9\u270c\u270d\U0001f3cb\U0001f3cc\U0001f574\U0001f575\U0001f590"
)
"""The same, of those that have a skin."""
SKINS = (
    "\u270a\u270b\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca\U0001f442\U0001f443"
    "\U0001f446-\U0001f450\U0001f466-\U0001f469\U0001f46e\U0001f470-\U0001f478\U0001f47c"
    "\U0001f481-\U0001f483\U0001f485-\U0001f487\U0001f4aa\U0001f57a\U0001f595\U0001f596"
    "\U0001f645-\U0001f647\U0001f64b-\U0001f64f\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc"
    "\U0001f918-\U0001f91c\U0001f91e\U0001f91f\U0001f926\U0001f930-\U0001f939\U0001f93d\U0001f93e"
    "\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9d1-\U0001f9dd"
)
"""What a skin tone may follow."""

JOBS = (
    f"\u2695{STYLED}|\u2696{STYLED}|\u2708{STYLED}"
    "|[\U0001f33e\U0001f373\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb\U0001f3ed\U0001f4bb\U0001f4bc"
    "\U0001f527\U0001f52c\U0001f680\U0001f692\U0001f9b0-\U0001f9b3]"
)
GENDERED = (
    "\U0001f3c3\U0001f3c4\U0001f3ca\U0001f46e\U0001f471\U0001f473\U0001f477\U0001f481\U0001f482"
    "\U0001f486\U0001f487\U0001f645-\U0001f647\U0001f64b\U0001f64d\U0001f64e\U0001f6a3"
    "\U0001f6b4-\U0001f6b6\U0001f926\U0001f935\U0001f937-\U0001f939\U0001f93d\U0001f93e\U0001f9b8"
    "\U0001f9b9\U0001f9d6-\U0001f9dd"
)
MAN, WOMAN, BOY, GIRL = "\U0001f468", "\U0001f469", "\U0001f466", "\U0001f467"
SEX = f"{JOINER}[\u2640\u2642]{STYLED}"
HEART = f"{JOINER}\u2764{STYLED}{JOINER}(?:\U0001f48b{JOINER})?"

PARENTS = f"{MAN}{JOINER}[{MAN}{WOMAN}]|{WOMAN}{JOINER}{WOMAN}|[{MAN}{WOMAN}]"
CHILDREN = f"{GIRL}{JOINER}[{BOY}{GIRL}]|{BOY}{JOINER}{BOY}|[{BOY}{GIRL}]"

REGIONS = """
AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CP CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA
EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY
HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA
LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
"""The two letters of each flag."""
NATIONS = ("gbeng", "gbsct", "gbwls")


def _sign(letter: str) -> str:
    return chr(0x1F1E6 + ord(letter) - ord("A"))


def _flags_of(first: str) -> str:
    """The flags whose region begins with the letter ``first``."""
    seconds = "".join(_sign(region[1]) for region in REGIONS.split() if region[0] == first)
    return f"{_sign(first)}[{seconds}]"


def _nation(name: str) -> str:
    return "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f"


SEQUENCES = (
    # Couples and families, the longer before what they begin with.
    f"{WOMAN}{HEART}[{MAN}{WOMAN}]",
    f"{MAN}{HEART}{MAN}",
    f"(?:{PARENTS}){JOINER}(?:{CHILDREN})",
    # People at work and of a sex.
    f"[{MAN}{WOMAN}]{TONE}?{JOINER}(?:{JOBS})",
    f"[\u26f9\U0001f3cb\U0001f3cc\U0001f574\U0001f575](?:{TONE}|{STYLED}){SEX}",
    f"[{GENDERED}]{TONE}?{SEX}",
    f"[\U0001f46f\U0001f93c\U0001f9de\U0001f9df]{SEX}",
    # Flags, keycaps, the eye in a speech bubble.
    f"\U0001f3f3{STYLED}{JOINER}\U0001f308",
    f"\U0001f3f4{JOINER}\u2620{STYLED}",
    f"\U0001f441{JOINER}\U0001f5e8",
    *map(_nation, NATIONS),
    *map(_flags_of, sorted({region[0] for region in REGIONS.split()})),
    f"[#*0-9]{STYLED}?\u20e3",
    # One sign, with a tone or shown as an emoji.
    f"[{HANDS_SHOWN_AS_TEXT}]{STYLED}?{TONE}",
    f"[{SKINS}]{TONE}",
    f"[{SHOWN_AS_TEXT}{HANDS_SHOWN_AS_TEXT}]{STYLED}",
)
MAY_BEGIN = "(?=[#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff])"
EMOJI = re.compile(f"{MAY_BEGIN}(?:{'|'.join(SEQUENCES)})")
"""Finds what is several code points and one emoji. A single one weighs what its code point does."""
