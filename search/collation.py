"""How names are sorted: as the engine does (`search.analysis.SORTED`), so that whoever finds the products of a list,
the engine or Odoo, has them in the same order.
"""

from __future__ import annotations

from typing import Final

#: What the engine's ``asciifolding`` makes of characters that are no capitals: first what, then of which. A test
#: compares it with the engine's own.
_LETTERS: Final = (
    "! ！  !! ‼  !? ⁉  \" «»“”„″‶❝❞❮❯＂  # ＃  $ ＄  % ⁒％  & ＆  ' ‘’‚‛′‵‹›❛❜＇  ( ⁽₍❨❪（  (( ⸨  (1) ⑴  (10) ⑽  "
    "(11) ⑾  (12) ⑿  (13) ⒀  (14) ⒁  (15) ⒂  (16) ⒃  (17) ⒄  (18) ⒅  (19) ⒆  (2) ⑵  (20) ⒇  (3) ⑶  (4) ⑷  (5) ⑸  "
    "(6) ⑹  (7) ⑺  (8) ⑻  (9) ⑼  (a) ⒜  (b) ⒝  (c) ⒞  (d) ⒟  (e) ⒠  (f) ⒡  (g) ⒢  (h) ⒣  (i) ⒤  (j) ⒥  (k) ⒦  "
    "(l) ⒧  (m) ⒨  (n) ⒩  (o) ⒪  (p) ⒫  (q) ⒬  (r) ⒭  (s) ⒮  (t) ⒯  (u) ⒰  (v) ⒱  (w) ⒲  (x) ⒳  (y) ⒴  (z) ⒵  "
    ") ⁾₎❩❫）  )) ⸩  * ⁎＊  + ⁺₊＋  , ，  - ‐‑‒–—⁻₋－  . ．  / ⁄／  0 ⁰₀⓪⓿０  1 ¹₁①⓵❶➀➊１  1. ⒈  10 ⑩⓾❿➉➓  10. ⒑  "
    "11 ⑪⓫  11. ⒒  12 ⑫⓬  12. ⒓  13 ⑬⓭  13. ⒔  14 ⑭⓮  14. ⒕  15 ⑮⓯  15. ⒖  16 ⑯⓰  16. ⒗  17 ⑰⓱  17. ⒘  18 ⑱⓲  "
    "18. ⒙  19 ⑲⓳  19. ⒚  2 ²₂②⓶❷➁➋２  2. ⒉  20 ⑳⓴  20. ⒛  3 ³₃③⓷❸➂➌３  3. ⒊  4 ⁴₄④⓸❹➃➍４  4. ⒋  5 ⁵₅⑤⓹❺➄➎５  "
    "5. ⒌  6 ⁶₆⑥⓺❻➅➏６  6. ⒍  7 ⁷₇⑦⓻❼➆➐７  7. ⒎  8 ⁸₈⑧⓼❽➇➑８  8. ⒏  9 ⁹₉⑨⓽❾➈➒９  9. ⒐  : ：  ; ⁏；  < ❬❰＜  "
    "= ⁼₌＝  > ❭❱＞  ? ？  ?! ⁈  ?? ⁇  @ ＠  A ᴀ  AE ᴁ  B ʙᴃ  C ʗᴄ  D ᴅᴆ  E ᴇⱻ  F ꜰꟻ  G ǥǧɢʛ  H ʜ  I ɪᵻꟾ  J ᴊ  "
    "K ᴋ  L ʟᴌ  M ᴍꟽꟿ  N ɴᴎ  O ᴏᴐ  OE ɶ  OU ᴕ  P ᴘ  R ʀʁᴙᴚ  S ꜱꞅ  T ᴛ  U ᴜᵾ  V ᴠ  W ᴡ  Y ʏ  Z ᴢ  [ ⁅❲［  \\ ＼  "
    "] ⁆❳］  ^ ‸＾  _ ＿  a àáâãäåāăąǎǟǡǻȁȃȧɐəɚᶏᶕḁẚạảấầẩẫậắằẳẵặₐₔⓐⱥａ  aa ꜳ  ae æǣǽᴂ  ao ꜵ  au ꜷ  av ꜹꜻ  ay ꜽ  "
    "b ƀƃɓᵬᶀḃḅḇⓑｂ  c çćĉċčƈȼɕḉↄⓒꜿｃ  d ðďđƌȡɖɗᵭᶁᶑḋḍḏḑḓⓓꝺｄ  db ȸ  dz ǆǳʣʥ  "
    "e èéêëēĕėęěǝȅȇȩɇɘɛɜɝɞʚᴈᶒᶓᶔḕḗḙḛḝẹẻẽếềểễệₑⓔⱸｅ  f ƒᵮᶂḟẛⓕꝼｆ  ff ﬀ  ffi ﬃ  ffl ﬄ  fi ﬁ  fl ﬂ  g ĝğġģǵɠɡᵷᵹᶃḡⓖꝿｇ  "
    "h ĥħȟɥɦʮʯḣḥḧḩḫẖⓗⱨⱶｈ  hv ƕ  i ìíîïĩīĭįıǐȉȋɨᴉᵢᵼᶖḭḯỉịⁱⓘｉ  ij ĳ  j ĵǰȷɉɟʄʝⓙⱼｊ  k ķƙǩʞᶄḱḳḵⓚⱪꝁꝃꝅｋ  "
    "l ĺļľŀłƚȴɫɬɭᶅḷḹḻḽⓛⱡꝇꝉꞁｌ  lj ǉ  ll ỻ  ls ʪ  lz ʫ  m ɯɰɱᵯᶆḿṁṃⓜｍ  n ñńņňŉŋƞǹȵɲɳᵰᶇṅṇṉṋⁿⓝｎ  nj ǌ  "
    "o òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱɔɵᴖᴗᶗṍṏṑṓọỏốồổỗộớờởỡợₒⓞⱺꝋꝍｏ  oe œᴔ  oo ꝏ  ou ȣ  p ƥᵱᵽᶈṕṗⓟꝑꝓꝕꟼｐ  q ĸɋʠⓠꝗꝙｑ  qp ȹ  "
    "r ŕŗřȑȓɍɼɽɾɿᵣᵲᵳᶉṙṛṝṟⓡꝛꞃｒ  s śŝşšſșȿʂᵴᶊṡṣṥṧṩẜẝⓢｓ  ss ß  st ﬆ  t ţťŧƫƭțȶʇʈᵵṫṭṯṱẗⓣⱦｔ  tc ʨ  th þᵺꝧ  ts ʦ  "
    "tz ꜩ  u ùúûüũūŭůűųưǔǖǘǚǜȕȗʉᵤᶙṳṵṷṹṻụủứừửữựⓤｕ  ue ᵫ  v ʋʌᵥᶌṽṿⓥⱱⱴꝟｖ  vy ꝡ  w ŵƿʍẁẃẅẇẉẘⓦⱳｗ  x ᶍẋẍₓⓧｘ  "
    "y ýÿŷƴȳɏʎẏẙỳỵỷỹỿⓨｙ  z źżžƶȝȥɀʐʑᵶᶎẑẓẕⓩⱬꝣｚ  { ❴｛  } ❵｝  ~ ⁓～  "
)
_FOLDED: Final = {one: letters for letters, of in zip(*[iter(_LETTERS.split())] * 2, strict=True) for one in of}
#: the capital whose small letter Python writes with a sign of its own
_SMALL: Final = {"İ": "i"}


class _Characters(dict[int, str]):
    """What each character is sorted as; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        small = _SMALL.get(chr(code)) or chr(code).lower()
        found: str = _FOLDED.get(small, small)
        self[code] = found
        return found


_CHARACTERS: Final = _Characters()


def collation_key(text: str) -> str:
    """What a text is sorted by, character by character: its small letters, without accents."""
    return text.lower() if text.isascii() else text.translate(_CHARACTERS)
