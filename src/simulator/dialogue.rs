//! The phrases from which generated consultations are composed.
//!
//! Data only: `generated` picks and fills in. Braces are slots: `{name}`, `{vet}`, `{n}`, `{kg}`, `{t}`.

/// One reason for coming in, with what is said and what is written about it.
pub(super) struct Case {
    pub title: &'static str,
    pub history: [&'static str; 4],
    pub exam: [&'static str; 3],
    pub plan: [&'static str; 3],
    pub soap: [&'static str; 4],
}

/// What brings animals in.
pub(super) const CASES: [Case; 6] = [
    Case {
        title: "Lameness",
        history: [
            "Owner: So {name} has been limping for about {n} days, front left, and it is worse when getting up in the morning.",
            "Owner: There was no fall that I saw. We did go for a long walk on Sunday, a lot longer than usual, and over the rocks.",
            "Vet: Does the limp wear off after a few minutes of walking, or does it stay the same all through the day?",
            "Owner: It gets a bit better once warmed up. Still eating everything, still pulling towards the park, just slower on the stairs.",
        ],
        exam: [
            "Vet: Elbow and shoulder feel fine. There is a little reaction when I extend the left carpus, here, and some warmth. No crunching.",
            "Vet: Nails are all right, nothing between the pads, and there is no swelling higher up. Weight today is {kg} kilograms.",
            "Vet: I do not feel any instability in the joint, and the other three legs are moving freely, so that is encouraging.",
        ],
        plan: [
            "Vet: I would start meloxicam, nought point one milligrams per kilo once daily with food for {n} days, and short lead walks only.",
            "Vet: If there is any vomiting or dark stool, stop the medicine and ring us straight away, do not wait for the recheck.",
            "Vet: If we are no better in ten days we will take radiographs under sedation. I would rather not rush into those today.",
        ],
        soap: [
            "Limping LF for {n} days, worse on rising, improves with movement. No known trauma; long walk at the weekend. Appetite normal.",
            "Weight {kg} kg. T {t} C. Warmth and mild pain on extension of the left carpus. No instability, no crepitus. Pads and nails normal.",
            "Suspected soft tissue strain of the left carpus. Differentials: early osteoarthritis, sesamoid injury.",
            "Meloxicam 0.1 mg/kg PO q24h with food for {n} days. Lead walks of 10 min. Radiographs if not improved in 10 days.",
        ],
    },
    Case {
        title: "Vomiting and diarrhoea",
        history: [
            "Owner: {name} was sick {n} times since yesterday evening, first food, then just yellow foam, and there is diarrhoea as well.",
            "Owner: My son admitted that he shared some sausage. Nothing else changed, same food for two years now.",
            "Vet: Any blood in it at all, or anything that looks like coffee grounds? And is the water staying down?",
            "Owner: No blood that I could see. The water stays down since this morning, small amounts at a time, as you told us last time.",
        ],
        exam: [
            "Vet: Gums are pink and only slightly tacky. Heart is a hundred and ten, which is fair given the excitement.",
            "Vet: The tummy is a bit gassy but soft, I cannot feel anything that should not be there, and there is no pain at the back.",
            "Vet: Temperature is {t}, so no fever. We are at {kg} kilograms, that is down a little from last spring.",
        ],
        plan: [
            "Vet: I will give maropitant under the skin now, one milligram per kilo, and a bland diet in five small meals for {n} days.",
            "Vet: A probiotic paste twice a day as well. No antibiotics, they would not help with this and can make it worse.",
            "Vet: Come back at once if there is blood, if the belly swells, or if water does not stay down for six hours.",
        ],
        soap: [
            "Vomited {n} times since yesterday, bile last. Diarrhoea without blood. Dietary indiscretion (sausage). Drinking small amounts.",
            "Weight {kg} kg. T {t} C. HR 110. MM pink, slightly tacky, CRT < 2 s. Abdomen soft, gassy, no pain, no mass.",
            "Acute gastroenteritis, dietary. Dehydration under 5 %. Foreign body unlikely.",
            "Maropitant 1 mg/kg SC once. Bland diet, 5 meals daily for {n} days. Probiotic q12h. Recheck at once if blood or distension.",
        ],
    },
    Case {
        title: "Ear infection",
        history: [
            "Owner: It is the ears again. {name} has been shaking the head for {n} days and the left one smells.",
            "Owner: We swam in the lake last week and I probably did not dry them properly afterwards, I know, you said so.",
            "Vet: Is the itching only at the ears, or are the paws and the belly being licked as well at this time of year?",
            "Owner: Paws a little, in the evening. We finished the old drops in March and it was fine until now.",
        ],
        exam: [
            "Vet: The left canal is red and there is brown wax right down. I can see the drum, it looks whole. The right one is mild.",
            "Vet: Under the microscope there are plenty of yeasts, more than ten in a field, and no rods that I can find.",
            "Vet: Temperature {t}, weight {kg} kilograms. Lymph nodes feel normal, and the skin elsewhere is only slightly pink.",
        ],
        plan: [
            "Vet: We clean today, then the combined drops, five drops in the left ear twice daily for {n} days, even if it looks better.",
            "Vet: Clean with the rinse every third day, massage for half a minute, let the head shake and then wipe what comes out.",
            "Vet: I want to see the drum again at the end. If this is the third time this year we should talk about allergy.",
        ],
        soap: [
            "Head shaking for {n} days, malodour left ear, swam last week. Licks paws in the evening. Previous episode in March.",
            "Weight {kg} kg. T {t} C. AS erythema, brown ceruminous discharge, drum intact. AD mild. Cytology: Malassezia > 10/hpf, no rods.",
            "Otitis externa AS, yeast. Suspected underlying atopic dermatitis.",
            "Ear cleaned. Combination drops 5 gtt AS q12h for {n} days. Rinse every third day. Recheck at the end; discuss allergy work-up.",
        ],
    },
    Case {
        title: "Dental check",
        history: [
            "Owner: The breath is dreadful, and {name} has been chewing on one side only for maybe {n} days.",
            "Owner: Dry food gets left in the bowl, the wet food goes down as always. No pawing at the mouth that I noticed.",
            "Vet: Have you managed any brushing since we last spoke, or is that a battle at home?",
            "Owner: We tried. The chicken paste was a success but the brush was not. I can show you the scratches.",
        ],
        exam: [
            "Vet: There is tartar on all the upper premolars, and the gum over the big one on the right bleeds when I touch it.",
            "Vet: One small lower premolar looks as though it is being resorbed, that is quite painful, so the chewing makes sense.",
            "Vet: Heart and lungs sound clear. Weight is {kg} kilograms and temperature {t}.",
        ],
        plan: [
            "Vet: I recommend a full dental under anaesthetic with radiographs, and we would likely take out two teeth.",
            "Vet: Before that a blood test for kidneys and liver. Nothing to eat after ten the evening before, water is fine.",
            "Vet: Until then soft food only, and meloxicam nought point nought five once a day for {n} days for the pain.",
        ],
        soap: [
            "Halitosis, chews on one side for {n} days, leaves dry food. Brushing not tolerated.",
            "Weight {kg} kg. T {t} C. Calculus grade 3, gingivitis grade 2, suspected resorptive lesion 307. Heart and lungs clear.",
            "Periodontal disease stage 2-3 with suspected tooth resorption 307.",
            "Dental with radiographs and likely extractions. Pre-anaesthetic bloods. Meloxicam 0.05 mg/kg PO q24h for {n} days. Soft food.",
        ],
    },
    Case {
        title: "Vaccination and health check",
        history: [
            "Owner: Just the yearly one today. {name} has been really well, apart from a few sneezes {n} days ago.",
            "Owner: Eating well, drinking as always, a bit too fond of the neighbour's treats if you ask me.",
            "Vet: Any coughing, any change in how far the walks go, or in how often the water bowl needs filling?",
            "Owner: Nothing like that. We may travel in the summer, so I wanted to ask what we need for the boat.",
        ],
        exam: [
            "Vet: Eyes are bright, ears clean, teeth have a little tartar on the canines only. The heart is regular with no murmur.",
            "Vet: {kg} kilograms, so up by half a kilo. I can feel the ribs but I have to look for them a bit more than last year.",
            "Vet: Temperature {t}, and the joints all move well. I am very happy with this, honestly.",
        ],
        plan: [
            "Vet: Then I give the yearly booster now. A little sleepiness today is normal, a swollen face is not, so ring us for that.",
            "Vet: Worming tablet today and again in {n} weeks. And ten per cent less in the bowl, weighed rather than guessed.",
            "Vet: For the journey you need the rabies vaccine at least twenty-one days before and the certificate within ten days.",
        ],
        soap: [
            "Annual check. Well; few sneezes {n} days ago, resolved. Appetite and thirst normal. Travel planned in summer.",
            "Weight {kg} kg, BCS 6/9. T {t} C. Heart regular, no murmur. Mild calculus on canines. No other finding.",
            "Healthy adult. Slightly overweight.",
            "Booster given. Wormer today and in {n} weeks. Reduce ration by 10 %. Rabies at least 21 days before travel.",
        ],
    },
    Case {
        title: "Drinking more than usual",
        history: [
            "Owner: I have been filling the bowl three times a day for {n} days now, and {name} asks to go out at night.",
            "Owner: The appetite is good, if anything better, and yet I think there is less to hold when I pick up the back end.",
            "Vet: Have there been any accidents in the house? And any medicines, steroids for example, from somebody else?",
            "Owner: One accident on the mat. No medicines at all. My mother's dog had diabetes, so I thought of that at once.",
        ],
        exam: [
            "Vet: The coat is a little dull. No lumps in the neck. The kidneys feel normal in size as far as I can tell.",
            "Vet: In the urine there is no sugar and no ketones, the specific gravity is ten twelve, so it is rather thin.",
            "Vet: Weight {kg} kilograms, temperature {t}, and blood pressure a hundred and fifty five after three readings.",
        ],
        plan: [
            "Vet: I would take blood now for kidneys, calcium, liver and thyroid. The results will be there tomorrow by noon.",
            "Vet: Please never restrict the water, and measure for me how much goes in over a full day, twice if you can.",
            "Vet: We will talk on the telephone tomorrow and plan the next step. Recheck of the pressure in {n} days.",
        ],
        soap: [
            "PU/PD for {n} days, nocturia, good appetite, suspected weight loss. No medication.",
            "Weight {kg} kg. T {t} C. BP 155 mmHg (mean of 3). USG 1.012, glucose and ketones negative. No thyroid slip.",
            "PU/PD under investigation. Differentials: chronic kidney disease, hyperadrenocorticism, hypercalcaemia.",
            "Haematology, biochemistry incl. SDMA, calcium, T4. Measure 24 h water intake. Recheck BP in {n} days.",
        ],
    },
];

/// Opening lines.
pub(super) const GREETINGS: [&str; 4] = [
    "Vet: Good morning, come in. And this must be {name}. Hello, {name}. I am {vet}, we met in the spring, I think.",
    "Owner: Hello, yes. Sorry, we are a bit late, the traffic by the bridge was dreadful, and then there was no space to park.",
    "Vet: No harm done at all. Put everything down over there, and let {name} have a sniff around for a minute while I open the file.",
    "Owner: Thank you. {name} is a bit nervous, there was a big cat in the waiting room and they had words.",
];

/// Lines that could be said at any visit.
pub(super) const SMALL_TALK: [&str; 12] = [
    "Vet: Let me just write that down before I forget it. The computer is a bit slow today, it is thinking about it.",
    "Owner: Of course. Take your time, we have nowhere to be until lunch, and I have asked my sister to collect the children.",
    "Vet: And what about the food at the moment, how many grams in a day, and are there treats on top of that?",
    "Owner: Two scoops, one in the morning and one in the evening, and then, well, what falls off the table, if I am honest.",
    "Vet: That is honest. Most people say that nothing falls. Can you hold the head for me, gently, like that, lovely.",
    "Owner: Is that painful? There was a little wince there, I think. You do not like that, do you, my sweetheart.",
    "Vet: Only a little. I will be quick. There, all done, that was the worst part, and you get a biscuit for being so patient.",
    "Owner: How worried should I be? I read something on the internet last night and then I could not sleep at all.",
    "Vet: I understand. From what I can see now there is no reason to panic, but it is good that you came in early.",
    "Owner: And what will that cost, roughly? I am insured, I just want to know what to tell my husband before he opens the letter.",
    "Vet: Reception will print you an estimate before we do anything, and we send the form to the insurer directly if you sign it.",
    "Owner: That is very helpful. The last place did not do that, and we waited for weeks to hear anything at all.",
];

/// Closing lines.
pub(super) const GOODBYES: [&str; 4] = [
    "Vet: Do you have any questions for me? You can always ring, and if I am in surgery the nurse will write it down.",
    "Owner: No, I think that is everything. Could somebody write down the doses, I will have forgotten them by the car park.",
    "Vet: They are on the label and on the sheet from reception. Well done, {name}. See you in {n} days.",
    "Owner: Thank you so much. Come on, {name}, we are going home. Say goodbye. Bye bye.",
];
