/* Skeletons on a coarse grid, two figures a point, x then y: a unit is a sixth of a capital's height, y = 0 its top, 6
 * the baseline, 9 a descender's end. ';' lifts the pen, '~' makes the next stroke smooth. Drawn for this project: print
 * letters as adults write them; joined-up writing is not there. */
#include "alphabet.h"

#include <ctype.h>
#include <string.h>

enum { POINTS_MAX = 24 };

typedef struct sign_shape {
  char sign;
  const char *strokes;
} sign_shape;

static const sign_shape signs[] = {
    {'A', "063066;1454"},
    {'B', "0006;~0040524303;~0343554606"},
    {'C', "~51301103153655"},
    {'D', "0006;~003052543606"},
    {'E', "50000656;0343"},
    {'F', "500006;0343"},
    {'G', "~51301103153655;555333"},
    {'H', "0006;5056;0353"},
    {'I', "1030;2026;1636"},
    {'J', "~4044361605"},
    {'K', "0006;500356"},
    {'L', "000656"},
    {'M', "0600336066"},
    {'N', "06005650"},
    {'O', "~301103153655635130"},
    {'P', "0006;~0040524303"},
    {'Q', "~301103153655635130;4467"},
    {'R', "0006;~0040524303;2356"},
    {'S', "~5130111243553605"},
    {'T', "0060;3036"},
    {'U', "~000416465450"},
    {'V', "003660"},
    {'W', "0016304660"},
    {'X', "0056;5006"},
    {'Y', "003360;3336"},
    {'Z', "00500656"},
    {'a', "~53321304163654;5256"},
    {'b', "0006;~042243452605"},
    {'c', "~43221304162645"},
    {'d', "4046;~44221304152645"},
    {'e', "~044444322203051626"},
    {'f', "~4030212326;0242"},
    {'g', "~44221304152645;~4247391908"},
    {'h', "0006;~04224346"},
    {'i', "2226;2020"},
    {'j', "~3237291908;3030"},
    {'k', "0006;420446"},
    {'l', "~20252636"},
    {'m', "0206;~03223336;~33526366"},
    {'n', "0206;~03224346"},
    {'o', "~22030526454322"},
    {'p', "0209;~042243452605"},
    {'q', "4249;~44221304152645"},
    {'r', "0206;~042232"},
    {'s', "~43220324452605"},
    {'t', "~2025263646;0242"},
    {'u', "~0205163644;4246"},
    {'v', "022642"},
    {'w', "0216335662"},
    {'x', "0246;4206"},
    {'y', "0225;4219"},
    {'z', "02420646"},
    {'.', "0606"},
    {',', "0507"},
    {'-', "0343"},
    {'+', "0444;2226"},
    {':', "0303;0606"},
    {'/', "0640"},
};

static const char *const doodles[] = {
    "063066026206",
    "060230626606620266",
    "0363;416345",
    "~360301203240616336",
    "~301103153655635130;2222;4242;~143554",
    "04122432445264",
    "~0313243342536473",
    "06306606",
    "0060660600;0066",
    "~33434435242241635626",
    "0620;1640;2660;4662",
    "~3223344332;3001;3536;0313;5363",
    "~05112531455165",
    "0066;6006;0363;3036",
    "00400656;3333;2046",
};

static const char *const words[] = {
    "apple",   "bread",  "market", "number", "street", "summer",  "winter",  "monday", "friday", "garden", "kitchen",
    "paper",   "window", "sugar",  "flour",  "water",  "coffee",  "total",   "price",  "date",   "name",   "phone",
    "room",    "floor",  "order",  "school", "answer", "maths",   "teacher", "lesson", "result", "minus",  "equal",
    "points",  "team",   "home",   "away",   "ship",   "train",   "left",    "right",  "north",  "south",  "east",
    "west",    "please", "thanks", "milk",   "eggs",   "cheese",  "butter",  "rice",   "salt",   "pepper", "tea",
    "invoice", "amount", "client", "weight", "length", "height",  "volume",  "speed",  "light",  "energy", "mass",
    "haus",    "stadt",  "brot",   "zahl",   "summe",  "strasse", "ville",   "pain",   "nombre", "rue",    "fenster",
    "jour",    "quand",  "gare",   "juin",   "axe",    "box",     "quiz",    "fox",    "jazz",   "key",    "why",
};

/* One point a pair of figures; a stroke's inner points are corners unless it is smooth. */
static void parse(const char *text, skeleton_point *out) {
  int count = 0, smooth = 0, first = 1;
  for (; *text && count < POINTS_MAX - 1; text++) {
    if (*text == '~' || *text == ';') {
      smooth = *text == '~';
      first = 1;
      continue;
    }
    char kind = first ? 'm' : smooth ? 's' : 'c';
    out[count++] = (skeleton_point){(short)((text[0] - '0') * 10), (short)((text[1] - '0') * 100 / 6), kind};
    text++;
    first = 0;
  }
  out[count] = (skeleton_point){0, 0, 'e'};
}

static void draw(const char *strokes, const writer_style *style, random_stream *random, stroke_glyph *out) {
  skeleton_point points[POINTS_MAX];
  parse(strokes, points);
  stroke_skeleton(points, style, random, out);
}

int alphabet_sign(char sign, const writer_style *style, random_stream *random, stroke_glyph *out) {
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (signs[i].sign == sign) {
      draw(signs[i].strokes, style, random, out);
      return 0;
    }
  return -1;
}

int alphabet_doodle_count(void) {
  return (int)(sizeof doodles / sizeof *doodles);
}

void alphabet_doodle(int doodle, const writer_style *style, random_stream *random, stroke_glyph *out) {
  draw(doodles[doodle], style, random, out);
}

void alphabet_word(random_stream *random, char word[ALPHABET_WORD_MAX]) {
  strcpy(word, words[random_below(random, (int)(sizeof words / sizeof *words))]);
  int form = random_below(random, 3); /* lower case, a capital, capitals */
  for (char *at = word; *at && form; at++)
    if (form == 2 || at == word) *at = (char)toupper((unsigned char)*at);
}
